import _ from 'lodash';

import type { ExplainedField, Explanation, LineageRow } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';
import type { Compiled, IndexedRequest } from './definition.ts';
import { type GroupEvent, isOfUse, KeyFinder, placesOf } from './event.ts';
import type { Options } from './integrations.ts';
import { atPath, isJsonObject, isPresent, type Json, type JsonObject, own } from './json.ts';
import { exactBytes } from './limits.ts';
import { ANY_ELEMENT, ANY_KEY, type Evaluation, type PathStep, type Seen, type Trace } from './lineage.ts';
import { addressParts, reservedTraits } from './traits.ts';

/** The result of a pair, as far as it decides what became of its fields. */
export interface Outcome {
  outcome: 'send' | 'drop' | 'fail' | 'ask';
  code?: string;
  path?: string;
}

/** What to explain: an event, its mapping and its outcome. */
interface Explained {
  trace: Trace;
  event: GroupEvent;
  options: Options | undefined;
  now: Date;
  lineage: Compiled['lineage'];
  outcome: Outcome;
  /** The requests built while the trace was recorded. */
  requests: readonly IndexedRequest[];
  /** The requests that were, or will be, sent to ask the vendor. */
  asked: readonly Request[];
}

/**
 * Explains where every field comes from and what became of it.
 * @param limit the maximum size in bytes; what exceeds it is cut and counted
 */
export function explain(explained: Explained, limit: number): Explanation {
  const { trace, event, options, now, lineage, outcome, requests, asked } = explained;
  const keysOf = _.memoize((object: JsonObject) => new KeyFinder(object));
  const read = _.memoize((source: string) => inputsOf(source, event, options, now, keysOf));
  const isWithheld = _.memoize((source: string) => event.withheldFrom(source) !== undefined);
  const inputsOfRow = _.memoize(({ from }: LineageRow) => Object.fromEntries(from.flatMap(read)));
  const sent = outcome.outcome === 'send' ? requests.map(({ request }) => request) : [];
  const positions = new Map(sent.map((request, position) => [request as unknown, position]));
  const isAsked = new Set<unknown>(asked);
  const budget = { left: limit, cut: 0 };
  const fields: ExplainedField[] = [];
  const used = new Set<string>();
  const use = ({ source, key }: Seen) => {
    const [place] = read(source).at(-1) ?? [];
    if (place !== undefined) used.add(key === undefined ? place : `${place}.${key}`);
  };
  const add = (field: ExplainedField) => {
    budget.left -= budget.left < 0 ? 0 : exactBytes(field, budget.left);
    if (budget.left < 0) budget.cut++;
    else fields.push(field);
  };

  const withholding = <Became extends Pick<ExplainedField, 'status'>>(became: Became, { from }: LineageRow) =>
    became.status === 'absent' && from.some(isWithheld) ? { ...became, status: 'withheld' as const } : became;

  for (const evaluation of trace.evaluations) {
    const { row, request } = evaluation;
    const position = positions.get(request);
    const isReceived = request !== undefined && (position !== undefined || isAsked.has(request));
    const outcomeOf = fieldStatus(evaluation, isReceived ? request : undefined);
    if (outcomeOf.status === 'sent' && row.isCondition !== true) evaluation.seen.forEach(use);
    if (budget.left < 0) {
      budget.cut++;
      continue;
    }
    // A replaced constant is of no interest.
    if (outcomeOf.status === 'skipped' && 'value' in row) continue;
    const inputs = inputsOfRow(row);
    const became = withholding(outcomeOf, row);
    add({ ..._.omit(row, 'value'), ...(position !== undefined && { request: position }), in: inputs, ...became });
  }
  const rows = new Set(trace.evaluations.map(({ row }) => row));
  const others = _.uniqBy(
    lineage.filter((row) => !rows.has(row) && !('value' in row)),
    (row) => JSON.stringify(row),
  );
  for (const row of others) {
    const inputs = inputsOfRow(row);
    const status = row.to === 'outcome' ? decision(row, inputs, outcome) : 'skipped';
    add({ ...row, in: inputs, ...withholding({ status }, row) });
  }

  if (['send', 'ask'].includes(outcome.outcome)) for (const source of decidingSources(lineage)) use({ source });
  const keep = (texts: readonly string[]): string[] => {
    const kept = _.takeWhile(texts, (text) => (budget.left -= exactBytes(text, Math.max(budget.left, 0)) + 1) >= 0);
    budget.cut += texts.length - kept.length;
    return kept;
  };
  const unused = keep(unusedOf(event, used));
  const withheld = keep(_.map(event.withheld, 'path'));
  const { cut } = budget;
  return { fields, unused, ...(withheld.length > 0 && { withheld }), ...(cut > 0 && { cut }) };
}

/** Rows that decide what is sent, or whether anything is, and are not sent themselves. */
function decidingSources(lineage: Compiled['lineage']): string[] {
  const [deciding, feeding] = _.partition(lineage, ({ to, isCondition }) => to === 'outcome' || isCondition === true);
  const sources = (rows: Compiled['lineage']) => rows.flatMap(({ from }) => from);
  return _.difference(sources(deciding), sources(feeding)).filter((source) => !source.endsWith('.*'));
}

/** The unused traits. @param used the used places */
function unusedOf({ traits = {} }: GroupEvent, used: ReadonlySet<string>): string[] {
  if (used.has('traits') || used.has('event') || used.has('event.traits')) return [];
  const around = new Set<string>();
  for (const place of used) {
    for (let at = place.indexOf('.'); at >= 0; at = place.indexOf('.', at + 1)) around.add(place.slice(0, at));
  }
  return unusedIn(traits, 'traits', used, around);
}

/** @param request where to find it; absent if the vendor does not get the request */
function fieldStatus({ status, path, isPart, value }: Evaluation, request: Request | undefined) {
  if (status !== 'value') return { status };
  if (request === undefined) return { status: 'skipped' } as const;
  if (path.length === 0) return { status: 'sent' } as const;
  const out = isPart ? valuesAt(request, path)[0] : received(request, path, value);
  if (out !== undefined) return { out: out as Json, status: 'sent' } as const;
  return { status: _.isObject(value) && _.isEmpty(value) ? 'absent' : 'skipped' } as const;
}

/** The part of a value that is in a request. Another value may have replaced it, or some of its fields. */
function received(request: Request, path: readonly PathStep[], value: unknown): unknown {
  if (path.at(-1) !== ANY_KEY) return valuesAt(request, path).find((candidate) => _.isEqual(candidate, value));
  const objects = valuesAt(request, path.slice(0, -1)).filter(isJsonObject);
  const kept = _.pickBy(value as JsonObject, (field, key) =>
    objects.some((object) => Object.hasOwn(object, key) && _.isEqual(object[key], field)),
  );
  return _.isEmpty(kept) ? undefined : kept;
}

/** The values at a path; several if it leads into a list. */
function valuesAt(root: unknown, path: readonly PathStep[]): unknown[] {
  return path.reduce<unknown[]>(
    (values, step) =>
      values.flatMap((value) => {
        if (step === ANY_ELEMENT) return Array.isArray(value) ? (value as unknown[]) : [];
        const found =
          typeof value === 'object' && value !== null ? (value as Record<PathStep, unknown>)[step] : undefined;
        return found === undefined ? [] : [found];
      }),
    [root],
  );
}

/** What became of a row that decides whether the event is sent at all. */
function decision(
  { from }: LineageRow,
  inputs: JsonObject,
  { outcome, code, path }: Outcome,
): ExplainedField['status'] {
  if (!Object.values(inputs).some(isPresent)) return 'absent';
  if (outcome === 'send' || outcome === 'ask') return 'sent';
  // A rule rejects a value because of what it is.
  const isCause =
    code !== 'EVENT_REFUSED' && from.flatMap(placesOf).some((place) => path === place || path?.startsWith(`${place}[`));
  return isCause ? 'unconverted' : 'skipped';
}

/** A place of the event, and its value. */
type Input = readonly [place: string, value: Json];

/** The event's values for a field, by the places that are looked up. */
function inputsOf(
  source: string,
  event: GroupEvent,
  options: Options | undefined,
  now: Date,
  keysOf: (object: JsonObject) => KeyFinder,
): Input[] {
  const at = (place: string): Input[] => inputAt(place, event.at(place.split('.')));
  if (source === 'now') return [['now', now.toISOString()]];
  if (source === 'event.*') return [['event', event.payload]];
  if (source.endsWith('.*')) return at(source.slice(0, -2));
  if (source.startsWith('options.') && options !== undefined) {
    const place = source.slice('options.'.length);
    return inputAt(`${options.path}.${place}`, atPath(options.values, place.split('.')));
  }
  if (source.startsWith('traits.')) return traitInputs(source.slice('traits.'.length), event.traits ?? {}, keysOf);
  const inputs = placesOf(source).flatMap(at);
  const first = inputs.findIndex(([, value]) => isOfUse(source, value));
  if (first !== -1) return inputs.slice(0, first + 1);
  return source === 'time' ? [...inputs, ['now', now.toISOString()]] : inputs;
}

const inputAt = (place: string, value: Json | undefined): Input[] => (value === undefined ? [] : [[place, value]]);

/** The event's values for a trait, by the sender's names. */
function traitInputs(name: string, traits: JsonObject, keysOf: (object: JsonObject) => KeyFinder): Input[] {
  const exact = inputAt(`traits.${name}`, own(traits, name) ?? atPath(traits, name.split('.')));
  if (exact.length > 0) return exact;
  const [root = '', part] = name.split(/\.(.*)/s);
  const spelt = (at: string, object: JsonObject, key: string, table: SpellingTable) =>
    Object.hasOwn(table, key)
      ? keysOf(object)
          .keysOf(key, table[key]?.spellings ?? [])
          .map((found): Input => [`${at}.${found}`, object[found] as Json])
      : [];
  return spelt('traits', traits, root, reservedTraits).flatMap(([place, value]) => {
    if (part === undefined) return [[place, value]];
    return root === 'address' && isJsonObject(value) ? spelt(place, value, part, addressParts) : [];
  });
}

/** Reserved names and their other spellings. */
type SpellingTable = Readonly<Record<string, { spellings: readonly string[] }>>;

/**
 * The places in an object that are not used, and contain nothing that is used.
 * @param around the places that contain used ones
 */
function unusedIn(object: JsonObject, at: string, used: ReadonlySet<string>, around: ReadonlySet<string>): string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const place = `${at}.${key}`;
    if (used.has(place)) return [];
    if (!around.has(place)) return [place];
    // For a list, it is only known that some of it is used.
    return isJsonObject(value) ? unusedIn(value, place, used, around) : [];
  });
}
