import _ from 'lodash';
import diff from 'microdiff';
import type { Fixture } from '../../src/cli/fixture.ts';
import { bindConfig } from '../../src/core/bind.ts';
import { isRejecting, type PlacedRequest, type SendingDestination } from '../../src/core/definition.ts';
import { Conversation, keyOf, type Answer, type AskedStep, type Reply } from '../../src/core/dialogue.ts';
import { GroupEvent, placesOf } from '../../src/core/event.ts';
import { readIntegrations } from '../../src/core/gate.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { LineageRow } from '../../src/core/lineage.ts';
import { MappingFailure } from '../../src/core/outcome.ts';
import { namesOf } from '../../src/core/registry.ts';
import { mapEvent, readEvent, Transformer } from '../../src/core/transform.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * Lineage is what explain, docs and the matrix are made of, so it is held against what mappers do: every value of every
 * fixture's event is changed, removed and made null, one at a time, absent sources are added, another time is given, and
 * whatever that changes in the output must be declared; and whatever is declared must change something in some fixture.
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

/** The leaves that lineage speaks of; what decides whether a mapper gets the event at all is not its business. */
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
  requests: PlacedRequest[];
}

const transformer = new Transformer({ registry });

/** A vendor that answers each step as the fixture says, whatever the call has become. */
class Scripted extends Conversation {
  readonly asked: PlacedRequest[] = [];
  readonly #answers: ReadonlyMap<string, Answer>;

  constructor(answers: ReadonlyMap<string, Answer>) {
    super();
    this.#answers = answers;
  }

  override ask(steps: readonly AskedStep[]): Reply[] {
    this.asked.push(...steps.map(({ place, request }) => ({ place, request })));
    const given = steps.map((step): [string, Answer] => [keyOf(step), this.#answers.get(step.name) ?? { status: 404 }]);
    return new Conversation(Object.fromEntries(given)).ask(steps);
  }
}

/** The answers of a fixture, by the names of the steps. */
const dialogueOf = _.memoize((fixture: Fixture): Map<string, Answer> => {
  const { destination: name, event, config, delivery, now, answers } = fixture;
  const target = { id: name, name, config, delivery, enabled: true };
  const byName = new Map<string, Answer>();
  const given: Record<string, Answer> = {};
  const remaining = [...answers];
  while (remaining.length > 0) {
    const { mapped } = transformer.mapOne({ event: 0, destination: 0 }, { payload: event }, target, now, given);
    if (mapped.outcome !== 'ask') break;
    for (const [index, step] of mapped.steps.entries()) {
      const answer = remaining[index] ?? { status: 404 };
      given[keyOf(step)] = answer;
      byName.set(step.name, answer);
    }
    remaining.splice(0, mapped.steps.length);
  }
  return byName;
});

const boundOf = _.memoize(({ destination, config, delivery }: Fixture) =>
  bindConfig(registry.get(destination) as SendingDestination, config, delivery),
);

function map(destination: SendingDestination, fixture: Fixture, payload: JsonObject, now = fixture.now): Mapped {
  const bound = boundOf(fixture);
  const event = readEvent(payload);
  if ('outcome' in bound || !(event instanceof GroupEvent)) throw new Error('the fixture cannot be mapped at all');
  const warn = () => undefined;
  const conversation = new Scripted(dialogueOf(fixture));
  const { options } = readIntegrations(payload.integrations, namesOf(destination), warn);
  try {
    const requests = mapEvent(destination, bound, { event, options, now, warn, conversation });
    return { outcome: 'send', requests: [...conversation.asked, ...requests] };
  } catch (error) {
    if (error instanceof MappingFailure) return { outcome: `fail ${error.message}`, requests: conversation.asked };
    throw error;
  }
}

/** The places of the output that differ, as lineage names them. */
function changedPlaces(before: Mapped, after: Mapped): string[] {
  if (before.outcome !== after.outcome) return ['outcome'];
  const [from, to] = [before, after].map(({ requests }) => _.groupBy(requests, ({ place }) => place));
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

/** Whether a row's `to` names a changed place: the place itself, something around it but not the whole request, or in it. */
function names(to: string, place: string): boolean {
  // The elements of a list that may be absent have no index.
  const field = to.replace(/\.\*$/, '').replace(/\[\].*$/, '');
  const isWhole = /^requests\[\d+\]$/.test(field);
  return isWhole ? field === place : within(place, field) || within(field, place);
}

/** Whether a row's source covers a path of the payload. */
function covers(source: string, path: string): boolean {
  if (source === 'event.*') return true;
  const wanted = path.replace(/^integrations\.[^.]+/, 'options').replace(/\[(\d+)\]/g, '.$1');
  return placesOf(source.replace(/\.\*$/, '')).some((place) => within(wanted, place));
}

const senders = registry.destinations.flatMap((destination): [string, SendingDestination][] =>
  isRejecting(destination) ? [] : [[destination.name, destination]],
);

describe.each(senders)('%s', (name, destination) => {
  const declared = new Set<string>();
  const observed = new Set<string>();
  const undeclared = new Set<string>();

  for (const fixture of fixtures.filter((candidate) => candidate.destination === name)) {
    const bound = boundOf(fixture);
    if ('outcome' in bound) continue;
    for (const source of bound.lineage.flatMap(({ from }) => from)) declared.add(source);

    const before = map(destination, fixture, fixture.event);
    const absent = bound.lineage
      .flatMap(({ from }) => from)
      .filter((source) => !source.includes('*') && !source.startsWith('options.') && source !== 'now')
      .flatMap((source) => placesOf(source).slice(0, 1))
      .map((place) => place.split('.'))
      .filter((path) => !_.has(fixture.event, path));
    const observe = (source: string, after: Mapped) => {
      for (const place of changedPlaces(before, after)) {
        const rows = bound.lineage.filter((row: LineageRow) => names(row.to, place));
        const sources = rows.flatMap(({ from }) => from).filter((candidate) => covers(candidate, source));
        for (const candidate of sources) observed.add(candidate);
        if (sources.length === 0) undeclared.add(`${fixture.name}: ${source} changes ${place}`);
      }
    };
    for (const path of [...sourcesIn(fixture.event), ...absent]) {
      for (const mutant of mutants(fixture.event, path)) observe(write(path), map(destination, fixture, mutant));
    }
    for (const now of otherTimes) observe('now', map(destination, fixture, fixture.event, now));
  }

  it('declares whatever changes its output', () => {
    expect([...undeclared]).toEqual([]);
  });

  it('declares nothing that changes nothing in any fixture', () => {
    expect([...declared].filter((source) => !observed.has(source))).toEqual([]);
  });
});
