import _ from 'lodash';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { LineageRow } from '../../src/contract/lineage.ts';
import { bindConfig, lineageOf } from '../../src/core/bind.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { AskedStep } from '../../src/core/dialogue.ts';
import { readEvent } from '../../src/core/event.ts';
import { type Json, type JsonObject, tryParseJson } from '../../src/core/json.ts';
import { passesOn } from '../../src/core/lineage.ts';
import { askingOf, converse } from '../../src/core/settle.ts';
import { type Mapping, Transformer } from '../../src/core/transform.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * What holds for every destination, present and future.
 */

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});

const byDestination = Object.entries(
  _.groupBy(
    fixtures.filter(({ expected }) => expected && 'send' in expected),
    'destination',
  ),
);

function sourcesOf({ destination: name, config, delivery }: Fixture): readonly string[] {
  const bound = boundTo(name, config, delivery);
  return _.uniq(lineageOf(bound).flatMap(({ from }) => from));
}

function boundTo(name: string, config: unknown, delivery: unknown) {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) throw new Error(`${name} sends nothing`);
  const bound = bindConfig(destination, config, delivery ?? destination.deliveryExample);
  if ('outcome' in bound) throw new Error(bound.message);
  return bound;
}

function map({ destination: name, config, delivery, now }: Fixture, event: JsonObject): Mapping {
  const target = { id: name, name, config, delivery, enabled: true };
  return transformer.bind(target).map(readEvent(event), { now });
}

const isGoing = ({ outcome }: Mapping) => outcome.outcome === 'send' || outcome.outcome === 'ask';

const odd: readonly Json[] = [
  ...['', '   ', 'x', 'x'.repeat(300), 0, -1, 1.5, 2 ** 60, 1e300, true, false],
  ...[[], {}, [1, 'a'], [{ a: 1 }], [[]], { a: { b: [{ c: 1 }] } }, '2024-02-30', 'https://', '\ud800', '😀'],
];

/** Traits whose names, or the names of whose parts, few vendors take. */
const oddlyNamed: JsonObject = {
  ...{ 'odd [key]': 1, 'with blank': 1, 'a.b': 1, ümlaut: 1, '😀': 1, '9lives': 1, '123': 1, $odd: 1, _under: 1 },
  ...{
    ['k'.repeat(300)]: 1,
    ga_own: 1,
    'line\nbreak': 1,
    list: [1, 'a'],
    objects: [{ a: 1 }, [2]],
    empty: {},
    none: [],
  },
  ...{ deep: { 'b c': { 'd.e': [1], f: { g: [{ h: 1 }] } } } },
};

/** The index of a list element, as in `tags[0]`, never matches a name. */
const NO_POSITION = /^(?!.*\[\d*\])/s;

function readPattern(text: string): RegExp {
  const [, source = '', flags] = /^\/(.*)\/(\w*)$/s.exec(text) ?? [];
  return new RegExp(source, flags);
}

/** The objects at a place of a request, `[]` being any element of a list. */
function objectsAt(value: unknown, place: string): object[] {
  if (typeof value === 'string' && place !== '') return objectsAt(tryParseJson(value), place);
  if (place === '') return _.isPlainObject(value) ? [value as object] : [];
  const [, step = '', rest = ''] = /^(\[\d*\]|[^.[]+)\.?(.*)$/.exec(place) ?? [];
  if (step === '[]') return Array.isArray(value) ? value.flatMap((item) => objectsAt(item, rest)) : [];
  return objectsAt(_.get(value, step), rest);
}

/** A trait that a closed list of words decides on: an unknown word fails the event, by the first of the rules. */
const isVerb = ({ outcome }: Mapping, path: string) =>
  outcome.outcome === 'fail' && outcome.code === 'VALUE_INVALID' && outcome.path === path;

describe.each(byDestination)('%s', (_name, cases) => {
  it('is sent an event whatever an optional trait is', () => {
    for (const fixture of sampleOf(cases, 2)) {
      const paths = sourcesOf(fixture).filter((source) => /^(context\.)?traits\.[^*]+$/.test(source));
      for (const path of paths) {
        const without = _.cloneDeep(fixture.event);
        _.unset(without, path);
        // Null is absent, and another spelling does not replace it.
        const withNull = _.set(_.cloneDeep(fixture.event), path, null);
        if (![without, withNull].every((event) => isGoing(map(fixture, event)))) continue;
        for (const value of odd) {
          const mapping = map(fixture, _.set(_.cloneDeep(fixture.event), path, value));
          if (isVerb(mapping, path)) continue;
          const { outcome } = mapping;
          const which = { fixture: fixture.name, path, value };
          expect({ ...which, failure: outcome.outcome === 'fail' ? outcome : undefined }).toEqual({
            ...which,
            failure: undefined,
          });
        }
      }
    }
  });

  it('is sent fields under names that it takes', () => {
    for (const fixture of sampleOf(cases, 3)) {
      const { config, delivery } = fixture;
      const rows = lineageOf(boundTo(fixture.destination, config, delivery)).filter(
        ({ to, from }) => to.endsWith('.*') || from.some((source) => source.endsWith('.*')),
      );
      const event = { ...fixture.event, traits: { ...(fixture.event.traits as object), ...oddlyNamed } };
      const { outcome } = map(fixture, event);
      const sent = outcome.outcome === 'send' ? outcome.requests : outcome.outcome === 'ask' ? outcome.steps : [];
      for (const { index, request } of sent) {
        for (const { to, keys, via } of rows) {
          const [, number, place = ''] = /^requests\[(\d+)\]\.?(.*?)(?:\.?\*)?$/.exec(to) ?? [];
          if (Number(number) !== index || via.includes('flatten(brackets)')) continue;
          const grammar = keys === undefined ? NO_POSITION : readPattern(keys);
          const names = objectsAt(request, place).flatMap((object) => Object.keys(object));
          expect([fixture.name, to, names.filter((name) => !grammar.test(name))]).toEqual([fixture.name, to, []]);
        }
      }
    }
  });

  it('is not sent the key of the event’s own source', () => {
    for (const fixture of cases) {
      const { outcome } = map(fixture, { ...fixture.event, writeKey: 'key-of-the-source' });
      expect([fixture.name, JSON.stringify(_.pick(outcome, ['requests', 'steps']))]).not.toEqual([
        fixture.name,
        expect.stringContaining('key-of-the-source'),
      ]);
    }
  });
});

/** Vendors that have no companies: a group is a list of people there, so the group's traits may stand for the person's. */
const listsOfPeople = ['klaviyo', 'emarsys', 'mautic', 'engage'];
const ofGroup = ['name', 'email', 'phone', 'address'];

const isOfGroup = (row: LineageRow) =>
  ofGroup.some(
    (name) =>
      passesOn(row, 'traits', name) ||
      row.from.some((source) => source === `traits.${name}` || source.startsWith(`traits.${name}.`)),
  );

const senders = registry.destinations.flatMap((destination) => (isRejecting(destination) ? [] : [destination]));

it.each(senders.filter(({ name }) => !listsOfPeople.includes(name)).map((sender) => [sender.name, sender] as const))(
  '%s describes no person by the group’s reserved traits',
  (name, { examples }) => {
    const rows = Object.values(examples).flatMap((config) => lineageOf(boundTo(name, config, undefined)));
    const describing = rows.filter((row) => row.describesPerson === true && row.isCondition !== true);
    expect(describing.filter(isOfGroup)).toEqual([]);
  },
);

const answers: readonly Json[] = [null, [], {}, 'x', '', 7, 0, true, false, [[]], [null], [{}], ['x'], { data: null }];
const answeredWith = (json: Json): Answer => ({ status: 200, json });

describe.each(
  Object.entries(
    _.groupBy(
      fixtures.filter((fixture) => fixture.answers.length > 0),
      'destination',
    ),
  ),
)('%s', (_name, cases) => {
  it('takes no answer to a read for an outage, whatever its type', async () => {
    for (const fixture of sampleOf(cases, 3)) {
      for (const [at] of fixture.answers.entries()) {
        for (const json of answers) {
          const given = [...fixture.answers];
          given[at] = answeredWith(json);
          let effect: AskedStep['effect'] | undefined;
          let asked = 0;
          const { outcome } = await converse(map(fixture, fixture.event), askingOf, (steps) => {
            // What is asked after the odd answer has none in the fixture.
            if (asked > at) return undefined;
            const replies = steps.map((step) => {
              if (asked === at) effect = step.effect;
              return [step.key, given[asked++]] as const;
            });
            return replies.some(([, answer]) => answer === undefined)
              ? undefined
              : (Object.fromEntries(replies) as Record<string, Answer>);
          });
          if (effect !== 'read' || fixture.expected === undefined || !('send' in fixture.expected)) continue;
          const which = { fixture: fixture.name, at, json };
          const code = outcome.outcome === 'fail' ? outcome.code : undefined;
          expect({ ...which, code }).not.toEqual({ ...which, code: 'VENDOR_UNAVAILABLE' });
        }
      }
    }
  });
});
