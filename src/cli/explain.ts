import type { ExplainedField } from '../contract/lineage.ts';
import type { Result } from '../contract/results.ts';
import type { Json } from '../core/json.ts';
import { Transformer } from '../core/transform.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { loadPolicies } from '../loader/policies.ts';
import { bindTargets } from '../wire/native/pairs.ts';
import { leaveToService, toResults } from '../wire/native/results.ts';
import { columns } from './columns.ts';
import { placesOf, readEvents } from './events.ts';
import { type Choice, readTargets } from './targets.ts';
import { UsageError } from './usage.ts';

/** The maximum number of characters shown of a value. */
const VALUE_LENGTH = 60;

export interface ExplainOptions extends Pick<Choice, 'config'> {
  now?: Date;
}

/** Prints the outcome of each event at one destination, and where every field comes from. */
export async function explain(name: string, files: readonly string[], options: ExplainOptions): Promise<void> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const targets = await readTargets({ ...options, to: [name] }, registry);
  const policies = await loadPolicies(process.env.POLICIES);
  const mapEvent = bindTargets(new Transformer({ registry, policies }), targets);
  for await (const reads of readEvents(files)) {
    for (const read of reads) {
      if ('unreadable' in read) throw new UsageError([...placesOf(read.origin), read.unreadable.message].join(': '));
      const results = toResults(
        mapEvent(read.incoming, 0, { now: options.now ?? new Date(), explain: true }),
        leaveToService,
      );
      process.stdout.write(results.map(toText).join('\n'));
    }
  }
}

/** Columns that fit the terminal, where there is one. */
const fitted = (rows: readonly (readonly string[])[]) =>
  columns(rows, process.stdout.isTTY ? process.stdout.columns : Infinity);

function toText({
  destinationId,
  explain: { fields, unused, withheld = [] } = { fields: [], unused: [] },
  warnings = [],
  ...result
}: Result): string {
  const outcome = 'code' in result ? [result.outcome, result.code, result.message] : [result.outcome];
  const sections = [`${destinationId}  ${outcome.join('  ')}\n`];
  if (warnings.length > 0) sections.push(fitted(warnings.map(({ code, message }) => ['warning', code, message])));
  if (fields.length > 0) sections.push(fitted([['FIELD', 'STATUS', 'FROM', 'VIA', 'SENT'], ...fields.map(toRow)]));
  if (unused.length > 0) sections.push(`unused: ${unused.join(', ')}\n`);
  if (withheld.length > 0) sections.push(`withheld: ${withheld.join(', ')}\n`);
  return sections.join('\n');
}

function toRow({ to, status, from, via, in: inputs, out }: ExplainedField): string[] {
  const found = Object.entries(inputs).map(([place, value]) => `${place} = ${shorten(value)}`);
  const sources = found.length > 0 ? found : from;
  return [to, status, sources.join(', '), via.join(', '), out === undefined ? '' : shorten(out)];
}

function shorten(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text;
}
