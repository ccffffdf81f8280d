import fc from 'fast-check';
import _ from 'lodash';

import { createTransformer, type DestinationCall, type Transformer } from '../../src/index.ts';
import { runs } from '../support/effort.ts';
import { fixtures, senders } from '../support/project.ts';

/*
 * What a destination is sent depends on no other: the answers of one call are those of one call per destination, byte for
 * byte, in whatever order the destinations are named.
 */

const seed = Date.now() % 2 ** 31;
const now = new Date('2026-01-02T03:04:05.678Z');

const odd: readonly unknown[] = [
  ...[
    null,
    '',
    '   ',
    '\u00A0',
    'x',
    0,
    42,
    1.5,
    2 ** 53 + 2,
    true,
    [],
    {},
    ['a', ''],
    ['a', true],
    [42],
    ['a', 2 ** 60],
  ],
  ...[{ id: 2 ** 60, name: 'Acme', Name: 'B' }, { createdAt: 'soon' }, { traits: { email: 7 } }],
];
/** Every field that any event of the fixtures has, in the ways in which destinations read it, and those that all events may have. */
const places = _.uniq([
  ...fixtures.flatMap(({ event }) => pathsOf(event)),
  ...['groupId', 'anonymousId', 'messageId', 'timestamp', 'traits.id', 'context.traits', 'integrations'],
]);

/** The paths of all values in an object, except those in lists. */
function pathsOf(value: object): string[] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) =>
    _.isPlainObject(field) ? [key, ...pathsOf(field as object).map((rest) => `${key}.${rest}`)] : [key],
  );
}

const configs = senders.map(({ name, config, delivery }) => ({
  name,
  config: config as object,
  delivery: delivery as object,
}));

/** What never repeats: the nonce of a signature, and the digest that it goes into. */
const textOf = (value: unknown) =>
  JSON.stringify(value).replaceAll(/PasswordDigest=\\".+?\\", Nonce=\\".+?\\"/g, 'PasswordDigest Nonce');

let transformer: Transformer;

beforeAll(async () => {
  transformer = await createTransformer();
});

it(`one call answers what one call per destination does (seed ${String(seed)})`, () => {
  const events = fc
    .tuple(
      fc.constantFrom(...fixtures.map(({ event }) => event)),
      fc.dictionary(fc.constantFrom(...places), fc.constantFrom(...odd), { maxKeys: 3 }),
    )
    .map(([event, values]) =>
      _.reduce(values, (changed, value, place) => _.set(changed, place, value), _.cloneDeep(event)),
    );
  const destinations = fc
    .shuffledSubarray(configs, { minLength: 2, maxLength: 12 })
    .map((chosen) => chosen.map((destination, index) => ({ ...destination, id: String(index) }) as DestinationCall));

  fc.assert(
    fc.property(events, destinations, (event, named) => {
      const together = transformer.transform([event], named, { now });
      const alone = named.map((destination, index) => {
        const [result] = transformer.transform([event], [destination], { now });
        return { ...result, destination: index };
      });
      expect(together.map(textOf)).toEqual(alone.map(textOf));
    }),
    { seed, ...runs(2_000) },
  );
});
