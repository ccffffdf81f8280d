import _ from 'lodash';
import diff from 'microdiff';

import type { RequestOutline } from '../../contract/descriptions.ts';
import type { Answer } from '../../contract/dialogue.ts';
import type { LineageRow } from '../../contract/lineage.ts';
import { bindConfig, type Bound, lineageOf } from '../../core/bind.ts';
import type { IndexedRequest, SendingDestination } from '../../core/definition.ts';
import { type AskedStep, Conversation } from '../../core/dialogue.ts';
import { GroupEvent, placesOf, readEvent, reservedTraitOf } from '../../core/event.ts';
import { readIntegrations } from '../../core/integrations.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { pairBudget } from '../../core/limits.ts';
import { MappingFailure } from '../../core/outcome.ts';
import { CountedOutput } from '../../core/output.ts';
import { namesOf, type Registry } from '../../core/registry.ts';
import { askingOf, converse } from '../../core/settle.ts';
import { mapEvent, Transformer } from '../../core/transform.ts';
import type { Fixture } from '../fixture.ts';

/*
 * Explain, docs and the matrix are made from lineage, so it is tested against the mappers. In every fixture's event,
 * each value is changed, removed and made null, one at a time; absent sources are added; and the time is changed. Every
 * effect on the output must be declared, and everything declared must have an effect in some fixture.
 */

type Path = (string | number)[];

const write = (path: Path) =>
  path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${step}`))
    .join('')
    .slice(1);

function leaves(value: Json, path: Path = []): Path[] {
  const children = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (children.length === 0) return [path];
  return children.flatMap(([key, child]) => leaves(child, [...path, Array.isArray(value) ? Number(key) : key]));
}

/** The leaves that lineage covers. It does not cover what decides whether a mapper gets the event at all. */
function sourcesIn(event: JsonObject): Path[] {
  return leaves(event).filter(([root, key]) => root !== 'type' && !(root === 'integrations' && key === 'All'));
}

function mutants(event: JsonObject, path: Path): JsonObject[] {
  const value = _.get(event, path) as Json | undefined;
  const others = [
    typeof value === 'number' ? value + 1 : 1,
    // As an id, a number that has lost its digits.
    Number.MAX_SAFE_INTEGER + 1,
    value !== true,
    `changed ${JSON.stringify(value)}`,
    '2001-02-03',
    null,
  ];
  const written = others.map((replacement) => _.set(_.cloneDeep(event), path, replacement));
  const without = _.cloneDeep(event);
  _.unset(without, path);
  return [...written, without];
}

/** Times long before and after those of all events. */
const otherTimes = [new Date('2001-02-03'), new Date('2099-01-02')];

interface Mapped {
  outcome: string;
  requests: IndexedRequest[];
}

/** Which step is asked, and and how often it was asked before. */
const timeOf = ({ name, occurrence }: AskedStep) => `${name} ${String(occurrence)}`;

/** A vendor that answers each step with the fixture's answer, however the call has changed. */
class Scripted extends Conversation {
  readonly asked: IndexedRequest[] = [];
  readonly #answers: ReadonlyMap<string, Answer>;

  constructor(answers: ReadonlyMap<string, Answer>) {
    super();
    this.#answers = answers;
  }

  protected override answerTo(step: AskedStep): Answer {
    this.asked.push({ index: step.index, request: step.request });
    return this.#answers.get(timeOf(step)) ?? { status: 404 };
  }
}

/** A fixture, and what all variations of its event share. */
interface Subject {
  fixture: Fixture;
  destination: SendingDestination;
  bound: Bound;
  lineage: readonly LineageRow[];
  requests: readonly RequestOutline[];
  /** The vendor's answers, by step and number of the ask. */
  answers: ReadonlyMap<string, Answer>;
}

/** None if the fixture is about an invalid config, or an event that no destination gets. */
async function subjectOf(
  registry: Registry,
  destination: SendingDestination,
  fixture: Fixture,
): Promise<Subject | undefined> {
  const bound = bindConfig(destination, fixture.config, fixture.delivery);
  if ('outcome' in bound || !(readEvent(fixture.event) instanceof GroupEvent)) return undefined;
  const answers = await answersOf(new Transformer({ registry }), fixture);
  return { fixture, destination, bound, lineage: lineageOf(bound), requests: bound.compiled.requests, answers };
}

/** The vendor's answers in a fixture, by step and number of the ask. */
async function answersOf(transformer: Transformer, fixture: Fixture): Promise<Map<string, Answer>> {
  const { destination: name, event, config, delivery, now, answers } = fixture;
  const bound = transformer.bind({ id: name, name, config, delivery, enabled: true });
  const byName = new Map<string, Answer>();
  const remaining = [...answers];
  await converse(bound.map(readEvent(event), { now }), askingOf, (steps) => {
    if (remaining.length === 0) return undefined;
    const given = steps.map((step) => [step, remaining.shift() ?? { status: 404 }] as const);
    for (const [step, answer] of given) byName.set(timeOf(step), answer);
    return Object.fromEntries(given.map(([{ key }, answer]) => [key, answer]));
  });
  return byName;
}

function map({ destination, bound, answers, fixture }: Subject, payload: JsonObject, now = fixture.now): Mapped {
  const event = readEvent(payload);
  if (!(event instanceof GroupEvent)) throw new Error('the event is no longer a group event');
  const warn = () => undefined;
  const conversation = new Scripted(answers);
  const { options } = readIntegrations(event.integrations, namesOf(destination), warn);
  try {
    const { compiled, secrets, inserted } = bound;
    const output = new CountedOutput(event, pairBudget);
    const input = { event, options, now, warn, conversation, output, secrets, inserted, trace: undefined };
    const requests = mapEvent(destination, compiled, input);
    return { outcome: 'send', requests: [...conversation.asked, ...requests] };
  } catch (error) {
    if (error instanceof MappingFailure) return { outcome: `fail ${error.message}`, requests: conversation.asked };
    throw error;
  }
}

/** The places of the output that differ, as lineage names them. */
function changedPlaces(before: Mapped, after: Mapped): string[] {
  if (before.outcome !== after.outcome) return ['outcome'];
  const [from, to] = [before, after].map(({ requests }) => _.groupBy(requests, 'index'));
  return _.union(Object.keys(from ?? {}), Object.keys(to ?? {})).flatMap((place) => {
    const root = `requests[${place}]`;
    const [old, new_] = [from?.[place] ?? [], to?.[place] ?? []];
    if (old.length !== new_.length) return [root];
    return _.zip(old, new_).flatMap(([a, b]) =>
      diff(a?.request ?? {}, b?.request ?? {}).map(({ path }) => `${root}.${write(path)}`),
    );
  });
}

const within = (inner: string, outer: string) =>
  inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);

/**
 * Whether a row's `to` covers a changed place: the place itself, something around it except the whole request, or
 * something in it.
 */
function names(to: string, place: string): boolean {
  // Elements that may be absent have no index.
  const field = to.replace(/\.\*$/, '').replace(/\[\].*$/, '');
  const isWhole = /^requests\[\d+\]$/.test(field);
  return isWhole ? field === place : within(place, field) || within(field, place);
}

/** Whether a row's source covers a path of the payload. */
function covers(source: string, path: string): boolean {
  if (source === 'event.*') return true;
  // An event without a time has the time of receipt.
  if (path === 'now') return source === 'now' || source === 'time';
  if (source === 'integrations') return within(path, source);
  const wanted = path.replace(/^integrations\.[^.]+/, 'options').replace(/\[(\d+)\]/g, '.$1');
  // Some SDKs send the traits as properties.
  if (wanted.startsWith('properties.') && covers(source, wanted.replace('properties', 'traits'))) return true;
  return placesOf(source.replace(/\.\*$/, '')).some(
    (place) => within(wanted, place) || within(folded(wanted), folded(place)),
  );
}

/** A path that does not depend on the spelling of the traits in it. */
const folded = (path: string) =>
  path
    .replace(/^(traits\.)([^.[]+)/, (_match, root: string, key: string) => root + (reservedTraitOf(key) ?? key))
    .toLowerCase()
    .replaceAll('_', '');

/**
 * Whether a row passes on the key of an object that a path leads into, if the source is an object. A key that is left
 * out may still decide whether there is an object at all.
 */
function passesOn({ except = [], only }: LineageRow, source: string, path: string): boolean {
  const root = source.replace(/\.\*$/, '');
  const key = _.toPath(path)[root === 'event' ? 0 : _.toPath(root).length];
  return key === undefined || (only ?? [key]).includes(key) !== except.includes(key);
}

/** The review of a destination's lineage, and of requests that no fixture covers. */
export async function reviewLineage(
  registry: Registry,
  destination: SendingDestination,
  fixtures: readonly Fixture[],
): Promise<string[]> {
  const read = await Promise.all(fixtures.map((fixture) => subjectOf(registry, destination, fixture)));
  const subjects = _.compact(read);
  const observations = subjects.flatMap((subject) => observe(subject));
  const observed = new Set(observations.flatMap(({ sources }) => sources));
  const declared = new Set(subjects.flatMap(({ lineage }) => lineage.flatMap(({ from }) => from)));
  return _.uniq([
    ...observations
      .filter(({ sources }) => sources.length === 0)
      .map(
        ({ subject, changed, place }) =>
          `the fixture ${subject}: ${changed} changes ${place}, but lineage does not declare it`,
      ),
    ...[...declared]
      .filter((source) => !observed.has(source))
      .map((source) => `${source} is declared in lineage, but changes nothing in any fixture`),
    ...reviewPlaces(subjects),
  ]);
}

/** A change of the event that changed a place of the output, and the sources declared for that place. */
interface Observation {
  subject: string;
  changed: string;
  place: string;
  sources: readonly string[];
}

function observe(subject: Subject): Observation[] {
  const { fixture, lineage } = subject;
  const { event } = fixture;
  const before = map(subject, event);
  const compare = (changed: string, after: Mapped): Observation[] =>
    changedPlaces(before, after).map((place) => {
      const rows = lineage.filter((row) => names(row.to, place));
      const sources = rows.flatMap((row) =>
        row.from.filter(
          (candidate) => covers(candidate, changed) && (row.to === place || passesOn(row, candidate, changed)),
        ),
      );
      return { subject: fixture.name, changed, place, sources };
    });
  return [
    ...[...sourcesIn(event), ...absentSources(event, lineage)].flatMap((path) =>
      mutants(event, path).flatMap((mutant) => compare(write(path), map(subject, mutant))),
    ),
    ...otherTimes.flatMap((now) => compare('now', map(subject, event, now))),
  ];
}

/** The event's places that lineage names and that are empty. */
function absentSources(event: JsonObject, lineage: readonly LineageRow[]): Path[] {
  return lineage
    .flatMap(({ from }) => from)
    .filter((source) => !source.includes('*') && !source.startsWith('options.') && source !== 'now')
    .flatMap((source) => placesOf(source).slice(0, 1))
    .map((place) => place.split('.'))
    .filter((path) => !_.has(event, path));
}

/** Each request of the definition must be in some fixture, and match its outline. */
function reviewPlaces(subjects: readonly Subject[]): string[] {
  const sent = subjects.flatMap((subject) =>
    map(subject, subject.fixture.event).requests.map((placed) => ({ ...subject, placed })),
  );
  const made = new Set(sent.map(({ placed }) => placed.index));
  const places = _.range(Math.max(0, ...subjects.map(({ requests }) => requests.length)));
  return [
    ...places.filter((place) => !made.has(place)).map((place) => `requests[${String(place)}] is in no fixture`),
    ...sent.flatMap(({ placed, ...subject }) =>
      contradictions(subject, placed).map(
        (place) => `the fixture ${subject.fixture.name}: ${place} does not match its outline`,
      ),
    ),
  ];
}

/** A URL that matches its outline, with any event values. */
const urlPattern = (outline: string) =>
  new RegExp(
    `^${outline
      .split(/(\{[^}]*\})/)
      .map((text, index) => (index % 2 === 0 ? _.escapeRegExp(text) : text === '{secret}' ? '.+' : '[^/?]+'))
      .join('')}$`,
  );

/** The places of a request that do not match its outline and its constants. */
function contradictions({ requests, lineage }: Subject, { index, request }: IndexedRequest): string[] {
  if ('rudder' in request) return [];
  const { method, url = '' } = requests[index] ?? {};
  const root = `requests[${String(index)}].`;
  // Without a place in the outline, what feeds the URL may replace all of it.
  const isReplaced = !url.includes('{') && lineage.some(({ to, from }) => to === `${root}url` && from.length > 0);
  // A URL that is secret as a whole is compared with its row's value.
  const isSecret = /^\{\w+\}$/.test(url);
  const isOutlined = isReplaced || isSecret || urlPattern(url).test(request.url);
  const others = lineage.filter((row) => {
    if (!('value' in row) || !row.to.startsWith(root)) return false;
    const stands: unknown = _.get(request, row.to.slice(root.length));
    // It and the object around it may be absent, and if the event decides, another value may be there.
    const others = row.to.startsWith(`${root}headers.`) ? [row.to, `${root}headers.*`] : [row.to];
    const isReplaceable = lineage.some(({ to, from }) => others.includes(to) && from.length > 0);
    return stands !== undefined && !isReplaceable && !_.isEqual(stands, row.value);
  });
  return [
    ...(request.method === method ? [] : [`${root}method`]),
    ...(isOutlined ? [] : [`${root}url`]),
    ...others.map(({ to }) => to),
  ];
}
