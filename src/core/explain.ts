import _ from 'lodash';
import type { Compiled, IndexedRequest } from './definition.ts';
import { isOfUse, KeyFinder, placesOf, type GroupEvent } from './event.ts';
import type { Options } from './integrations.ts';
import { atPath, isJsonObject, isPresent, own, type Json, type JsonObject } from './json.ts';
import type { Request } from '../contract/requests.ts';
import type { ExplainedField, Explanation, LineageRow } from '../contract/lineage.ts';
import { ANY_ELEMENT, ANY_KEY, passesOn, type Evaluation, type PathStep, type Trace } from './lineage.ts';
import { addressParts, reservedTraits } from './traits.ts';

/** What came of a pair, as far as it decides what became of its fields. */
export interface Outcome {
  outcome: 'send' | 'drop' | 'fail' | 'ask';
  code?: string;
  path?: string;
}

/** What is explained: an event, how it was mapped, and what came of that. */
interface Explained {
  trace: Trace;
  event: GroupEvent;
  options: Options | undefined;
  now: Date;
  lineage: Compiled['lineage'];
  outcome: Outcome;
  /** The requests that were made while the trace was taken. */
  requests: readonly IndexedRequest[];
  /** The requests that the vendor was asked, or is to be asked. */
  asked: readonly Request[];
}

/** Tells where every field comes from and what became of it. */
export function explain({ trace, event, options, now, lineage, outcome, requests, asked }: Explained): Explanation {
  const read = _.memoize((source: string) => inputsOf(source, event, options, now));
  const inputsOfRow = ({ from }: LineageRow) => Object.fromEntries(from.flatMap(read));
  const sent = outcome.outcome === 'send' ? requests.map(({ request }) => request) : [];

  const evaluated = trace.evaluations.flatMap((evaluation): ExplainedField[] => {
    const { row, request } = evaluation;
    const position = request === undefined ? -1 : sent.indexOf(request);
    const isReceived = request !== undefined && (position >= 0 || asked.includes(request));
    const outcomeOf = fieldStatus(evaluation, isReceived ? request : undefined);
    // A constant that something else has replaced is of no interest.
    if (outcomeOf.status === 'skipped' && 'value' in row) return [];
    return [
      { ..._.omit(row, 'value'), ...(position >= 0 && { request: position }), in: inputsOfRow(row), ...outcomeOf },
    ];
  });
  const rows = new Set(trace.evaluations.map(({ row }) => row));
  const others = _.uniqWith(
    lineage.filter((row) => !rows.has(row) && !('value' in row)),
    (one, other) => _.isEqual(one, other),
  ).map((row): ExplainedField => {
    const inputs = inputsOfRow(row);
    return { ...row, in: inputs, status: row.to === 'outcome' ? decision(row, inputs, outcome) : 'skipped' };
  });

  const places = lineage.flatMap(({ from }) => from.filter((source) => !source.endsWith('.*')).flatMap(read));
  const used = new Set(places.map(([place]) => place));
  const isRead = (key: string) =>
    lineage.some((row) => passesOn(row, 'traits', key) || passesOn(row, 'event', 'traits'));
  const unread = _.omitBy(event.traits, (_value, key) => isRead(key)) as JsonObject;
  return { fields: [...evaluated, ...others], unused: unusedIn(unread, 'traits', used) };
}

/** @param request where it is to be found; absent where the vendor does not get the request */
function fieldStatus({ status, path, isPart, value }: Evaluation, request: Request | undefined) {
  if (status !== 'value') return { status };
  if (request === undefined) return { status: 'skipped' } as const;
  if (path.length === 0) return { status: 'sent' } as const;
  const out = isPart ? valuesAt(request, path)[0] : received(request, path, value);
  if (out !== undefined) return { out: out as Json, status: 'sent' } as const;
  return { status: _.isObject(value) && _.isEmpty(value) ? 'absent' : 'skipped' } as const;
}

/** What of a value is in a request; another one may have taken its place, or that of some of its fields. */
function received(request: Request, path: readonly PathStep[], value: unknown): unknown {
  if (path.at(-1) !== ANY_KEY) return valuesAt(request, path).find((candidate) => _.isEqual(candidate, value));
  const objects = valuesAt(request, path.slice(0, -1)).filter(isJsonObject);
  const kept = _.pickBy(value as JsonObject, (field, key) =>
    objects.some((object) => Object.hasOwn(object, key) && _.isEqual(object[key], field)),
  );
  return _.isEmpty(kept) ? undefined : kept;
}

/** The values at a path; several where it leads into a list. */
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

/** What came of a row that decides whether the event is sent at all. */
function decision(
  { from }: LineageRow,
  inputs: JsonObject,
  { outcome, code, path }: Outcome,
): ExplainedField['status'] {
  if (!Object.values(inputs).some(isPresent)) return 'absent';
  if (outcome === 'send' || outcome === 'ask') return 'sent';
  // A rule refuses a value for what it is.
  const isCause =
    code !== 'EVENT_REFUSED' && from.flatMap(placesOf).some((place) => path === place || path?.startsWith(`${place}[`));
  return isCause ? 'unconverted' : 'skipped';
}

/** A place of the event and what is there. */
type Input = readonly [place: string, value: Json];

/** What the event has in a field, by the places that are looked at for it. */
function inputsOf(source: string, event: GroupEvent, options: Options | undefined, now: Date): Input[] {
  const at = (place: string): Input[] => inputAt(place, event.at(place.split('.')));
  if (source === 'now') return [['now', now.toISOString()]];
  if (source === 'event.*') return [['event', event.payload]];
  if (source.endsWith('.*')) return at(source.slice(0, -2));
  if (source.startsWith('options.') && options !== undefined) {
    const place = source.slice('options.'.length);
    return inputAt(`${options.path}.${place}`, atPath(options.values, place.split('.')));
  }
  if (source.startsWith('traits.')) return traitInputs(source.slice('traits.'.length), event.traits ?? {});
  const inputs = placesOf(source).flatMap(at);
  const first = inputs.findIndex(([, value]) => isOfUse(source, value));
  if (first !== -1) return inputs.slice(0, first + 1);
  return source === 'time' ? [...inputs, ['now', now.toISOString()]] : inputs;
}

const inputAt = (place: string, value: Json | undefined): Input[] => (value === undefined ? [] : [[place, value]]);

/** What the event has for a trait, under the names that its sender gave it. */
function traitInputs(name: string, traits: JsonObject): Input[] {
  const found = inputAt(`traits.${name}`, own(traits, name) ?? atPath(traits, name.split('.')));
  if (found.length > 0) return found;
  const [root = '', part] = name.split(/\.(.*)/s);
  return spelt('traits', traits, root, reservedTraits).flatMap(([place, value]) => {
    if (part === undefined) return [[place, value]];
    return root === 'address' && isJsonObject(value) ? spelt(place, value, part, addressParts) : [];
  });
}

/** The fields of an object that a reserved name may mean. */
function spelt(at: string, object: JsonObject, name: string, table: Record<string, { spellings: readonly string[] }>) {
  if (!Object.hasOwn(table, name)) return [];
  const keys = new KeyFinder(object).keysOf(name, table[name]?.spellings ?? []);
  return keys.map((key): Input => [`${at}.${key}`, object[key] as Json]);
}

/** The places in an object that are not used, nor is anything in them. */
function unusedIn(object: JsonObject, at: string, used: ReadonlySet<string>): string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const place = `${at}.${key}`;
    if (used.has(place)) return [];
    const isUsedInPart = [...used].some((other) => other.startsWith(`${place}.`));
    return isUsedInPart && isJsonObject(value) ? unusedIn(value, place, used) : [place];
  });
}
