import { GroupEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { MappingFailure } from '../../src/core/outcome.ts';
import { type AddressPart, addressParts, type ReservedTraitName, reservedTraits } from '../../src/core/traits.ts';
import type { Warn } from '../../src/core/warnings.ts';

const group = (payload: JsonObject) => new GroupEvent({ type: 'group', ...payload });

/** Reads with what was warned about. */
function reading<T>(read: (warn: Warn) => T): [T, string[]] {
  const warnings: string[] = [];
  return [read((code, path) => warnings.push(`${code} ${path}`)), warnings];
}

/** The failure that reading throws. */
function failureOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof MappingFailure ? error.outcome : error;
  }
}

const trait = (traits: JsonObject, name: ReservedTraitName) => reading((warn) => group({ traits }).trait(name, warn));
const part = (address: JsonObject, name: AddressPart) =>
  reading((warn) => group({ traits: { address } }).addressPart(name, warn));

describe('the group id', () => {
  it.each<[string, JsonObject, string[]]>([
    ['is groupId', { groupId: 'a', traits: { groupId: 'b', id: 'c' } }, ['a']],
    ['else traits.groupId', { traits: { groupId: 'b', group_id: 'c' } }, ['b']],
    ['else traits.group_id', { traits: { group_id: 'c', id: 'd' } }, ['c']],
    ['else traits.id', { groupId: null, traits: { id: 'd' } }, ['d']],
    ['is never a person’s id', { userId: 'u', context: { traits: { id: 'x', groupId: 'y' } } }, []],
    ['is text of a whole number', { groupId: 42 }, ['42']],
    ['is 0 where it is 0', { groupId: 0 }, ['0']],
    ['is not empty text', { groupId: '', traits: { id: 'd' } }, ['d']],
    ['is not a blank', { groupId: '   ', traits: { groupId: '\t', group_id: '\u00A0\n', id: 'd' } }, ['d']],
    ['is not missing where all are blank', { groupId: '\u00A0' }, []],
    ['keeps the blanks around it', { groupId: ' a ' }, [' a ']],
    ['is not a boolean', { groupId: true, traits: { id: 'd' } }, ['d']],
    ['is not an object', { groupId: { id: 'x' }, traits: { id: 'd' } }, ['d']],
    ['may be several', { groupId: ['a', 7] }, ['a', '7']],
    ['is not an empty list', { groupId: [], traits: { id: 'd' } }, ['d']],
    ['is not inherited', { traits: {} }, []],
  ])('%s', (_name, payload, expected) => {
    expect(group(payload).groupIds).toEqual(expected);
  });

  it.each([2 ** 60, 1.5, 1e300])('fails where the number %d has lost digits', (groupId) => {
    expect(failureOf(() => group({ groupId }).groupIds)).toMatchObject({ code: 'ID_NOT_EXACT', path: 'groupId' });
  });

  it.each([null, '', ' ', true, {}, ['b']])('fails where one of a list is %j, and names it', (id) => {
    const failure = failureOf(() => group({ groupId: ['a', id] }).groupIds);
    expect(failure).toMatchObject({ code: 'GROUP_ID_INVALID', path: 'groupId[1]' });
  });
});

describe('a person', () => {
  it.each<[string, JsonObject, string | undefined]>([
    ['is userId', { userId: 'u', context: { traits: { userId: 'v' } } }, 'u'],
    ['else context.traits.userId', { userId: '', context: { traits: { userId: 'v', id: 'w' } } }, 'v'],
    ['else context.traits.id', { context: { traits: { id: 5 } } }, '5'],
    ['is not a blank', { userId: ' \t', context: { traits: { userId: '\u00A0', id: 'w' } } }, 'w'],
    ['is never one of the group’s traits', { traits: { id: 'g', userId: 'x' } }, undefined],
    ['is not the anonymous id', { anonymousId: 'a' }, undefined],
  ])('%s', (_name, payload, expected) => {
    expect(group(payload).personId).toBe(expected);
  });

  it('is not guessed from a number that has lost digits', () => {
    expect(() => group({ userId: 2 ** 60 }).personId).toThrow('not exact');
  });
});

describe('the userId', () => {
  it('is not a blank', () => {
    expect(group({ userId: '\u00A0 ', anonymousId: '\t' }).id('userId')).toBeUndefined();
    expect(group({ userId: '\u00A0 ', anonymousId: '\t' }).id('anonymousId')).toBeUndefined();
  });
});

describe('the groups that events are kept in order for', () => {
  it.each<[string, JsonObject]>([
    ['a number', { groupId: 42 }],
    ['text', { groupId: '42' }],
    ['a list', { groupId: ['42'] }],
    ['a list of a number', { groupId: [42] }],
    ['another place', { groupId: ' ', traits: { id: 42 } }],
  ])('are the same for an id in the form of %s', (_form, payload) => {
    expect(group(payload).subject.groups).toEqual(['42']);
  });

  it('are absent for unusable ids', () => {
    expect(group({ groupId: 2 ** 60 }).subject.groups).toEqual([]);
    expect(group({ groupId: ['a', true] }).subject.groups).toEqual([]);
  });
});

describe('the time', () => {
  const now = new Date('2024-05-06T07:08:09.100Z');
  const [t, o, s, r] = ['2024-01-01T00:00:00Z', '2024-01-02', '2024-01-03 04:05:06 +0100', 1704326400];

  it.each<[JsonObject, unknown, string[]]>([
    [{ timestamp: t, originalTimestamp: o, sentAt: s, receivedAt: r }, t, []],
    [{ timestamp: '', originalTimestamp: o, sentAt: s, receivedAt: r }, o, []],
    [{ timestamp: null, sentAt: s, receivedAt: r }, s, []],
    [{ receivedAt: r }, r, []],
    [{}, '2024-05-06T07:08:09.100Z', ['TIME_OF_RECEIPT timestamp']],
    [{ timestamp: 'soon', originalTimestamp: {}, sentAt: s }, s, ['timestamp', 'originalTimestamp']],
    [{ sentAt: true }, '2024-05-06T07:08:09.100Z', ['sentAt', 'TIME_OF_RECEIPT timestamp']],
  ])('of %j is %j', (payload, expected, warned) => {
    const warnings = warned.map((path) => (path.includes(' ') ? path : `FIELD_NOT_CONVERTED ${path}`));
    expect(reading((warn) => group(payload).time(now, warn))).toEqual([expected, warnings]);
  });
});

describe('the traits of other SDKs', () => {
  it('are properties where there are no traits', () => {
    expect(group({ properties: { name: 'Acme', id: 7 } })).toMatchObject({ traits: { name: 'Acme' }, groupIds: ['7'] });
    expect(group({ properties: { name: 'Acme' } }).canonical('g')).toMatchObject({ traits: { name: 'Acme' } });
  });

  it.each<[JsonObject]>([
    [{ traits: {}, properties: { name: 'Acme' } }],
    [{ traits: 'x', properties: { name: 'Acme' } }],
    [{ properties: ['Acme'] }],
  ])('are absent in %j', (payload) => {
    expect(group(payload).traits ?? {}).toEqual({});
  });

  const ofDevice = { anonymousId: 'device', userId: 'u', createdat: '2024-01-01', name: 'Acme' };
  const android = (traits: JsonObject) =>
    group({ traits, context: { library: { name: 'com.rudderstack.android.sdk.core' } } });

  it('have nothing of the device from Android, and the creation date under its name', () => {
    const event = android(ofDevice);
    expect(event.traits).toEqual({ createdAt: '2024-01-01', name: 'Acme' });
    expect(event.canonical('g').traits).toEqual(event.traits);
    expect(android({ createdat: 'a', createdAt: 'b' }).traits).toEqual({ createdAt: 'b' });
    expect(event.payload.traits).toEqual(ofDevice);
  });

  it('are as sent from anything else', () => {
    const context = { library: { name: 'com.rudderstack.android.sdk.kotlin' } };
    expect(group({ traits: ofDevice, context }).traits).toEqual(ofDevice);
    expect(group({ traits: ofDevice }).traits).toEqual(ofDevice);
  });
});

describe('a reserved trait', () => {
  it.each<[string, JsonObject, unknown]>([
    ['is read by its name', { createdAt: 1, created_at: 2, CREATEDAT: 3 }, 1],
    ['else by a listed spelling', { created_at: 2, CREATEDAT: 3 }, 2],
    ['else in any case', { CreatedAt: 3 }, 3],
    ['else by a listed spelling in any case', { Created_At: 4 }, 4],
    ['is null under its name, without a fall-back', { createdAt: null, created_at: 2 }, null],
    ['is read by what other libraries call it', { created: 5 }, 5],
    ['is absent', { createdOn: 5 }, undefined],
  ])('%s', (_name, traits, expected) => {
    expect(trait(traits, 'createdAt')).toEqual([expected, []]);
  });

  it('is not used where two keys differ in case only', () => {
    expect(trait({ NAME: 'a', Name: 'b' }, 'name')).toEqual([undefined, ['TRAIT_AMBIGUOUS traits.name']]);
  });

  it('is the group’s and never the person’s', () => {
    expect(reading((warn) => group({ context: { traits: { name: 'Mila' } } }).trait('name', warn))).toEqual([
      undefined,
      [],
    ]);
  });

  it('is not what every object inherits', () => {
    expect(group({ traits: {} }).traits).toEqual({});
    expect(trait({ constructor: 'x' }, 'name')).toEqual([undefined, []]);
  });
});

describe('a part of an address', () => {
  it.each<[JsonObject, AddressPart, unknown]>([
    [{ postalCode: '1', postal_code: '2', zip: '3' }, 'postalCode', '1'],
    [{ zip: '3', postal_code: '2' }, 'postalCode', '2'],
    [{ Zip: '3' }, 'postalCode', '3'],
    [{ City: 'Delft' }, 'city', 'Delft'],
  ])('of %j, the %s, is %j', (address, name, expected) => {
    expect(part(address, name)).toEqual([expected, []]);
  });

  it('is absent where the address is one line', () => {
    expect(
      reading((warn) => group({ traits: { address: 'Werfkade 3, Dordrecht' } }).addressPart('city', warn)),
    ).toEqual([undefined, []]);
  });
});

describe('a malformed field', () => {
  it.each<[JsonObject, string[]]>([
    [
      { traits: 'x', context: [], groupId: {}, userId: true, anonymousId: ['a'] },
      ['traits', 'context', 'groupId', 'userId', 'anonymousId'],
    ],
    [{ context: { traits: 'x' } }, ['context.traits']],
    [{ traits: null, context: '', groupId: null, userId: '' }, []],
    [{ traits: {}, context: { traits: {} }, groupId: ['a'], userId: 7, anonymousId: 'a' }, []],
  ])('of %j is told', (payload, expected) => {
    expect(group(payload).malformed.map(({ path }) => path)).toEqual(expected);
  });
});

describe('numbers that are not exact', () => {
  it('are told of up to a hundred', () => {
    expect(group({ traits: { list: new Array<number>(50_000).fill(2 ** 53) } }).inexactNumbers).toHaveLength(100);
    expect(group({ traits: { a: 1, b: [1.5], c: '9007199254740993', d: null } }).inexactNumbers).toEqual([]);
    expect(group({ a: 2 ** 53 }).inexactNumbers).toEqual([]);
  });
});

describe('the canonical payload', () => {
  it('is the payload itself where nothing differs', () => {
    const event = group({ groupId: 'a' });
    expect(event.canonical('a')).toBe(event.payload);
  });

  it('has the canonical type and group id, and leaves the payload as it was', () => {
    const event = new GroupEvent({ type: 'GROUP', traits: { id: 7 } });
    expect(event.canonical('7')).toEqual({ type: 'group', groupId: '7', traits: { id: 7 } });
    expect(event.payload).toEqual({ type: 'GROUP', traits: { id: 7 } });
  });

  it('has no writeKey', () => {
    const event = group({ writeKey: 'key', groupId: 'a' });
    expect(event.canonical('a')).toEqual({ type: 'group', groupId: 'a' });
    expect(event.payload).toHaveProperty('writeKey');
  });

  it.each(['userId', 'anonymousId'])('is not made with a number that has lost digits as %s', (field) => {
    const failure = failureOf(() => group({ groupId: 'a', [field]: 2 ** 60 }).canonical('a'));
    expect(failure).toMatchObject({ code: 'ID_NOT_EXACT', path: field });
  });
});

describe('the traits of Ruby SDKs that put them into the context', () => {
  const sent = (version: string, more: JsonObject = {}) =>
    group({
      userId: '',
      context: {
        library: { name: 'rudderanalytics-ruby', version },
        ip: '203.0.113.1',
        traits: { id: 'g', email: 'g@x.example' },
      },
      ...more,
    });

  it.each(['3.0.0', '3.0.9', '3.1.0'])('are the group’s from %s, and the person has none', (version) => {
    const event = sent(version);
    expect(event.traits).toEqual({ id: 'g', email: 'g@x.example' });
    expect(event.groupIds).toEqual(['g']);
    expect(event.personId).toBeUndefined();
    expect(event.at(['context', 'traits', 'email'])).toBeUndefined();
    expect(event.context).toEqual({ library: { name: 'rudderanalytics-ruby', version }, ip: '203.0.113.1' });
    expect(event.canonical('g')).toMatchObject({ groupId: 'g', traits: { id: 'g' }, context: { ip: '203.0.113.1' } });
    expect(event.canonical('g').context).not.toHaveProperty('traits');
    expect(event.traitsAreFromContext).toBe(true);
  });

  it.each<[string, GroupEvent]>([
    ['an earlier release', sent('2.0.3')],
    ['a later release', sent('3.1.1')],
    ['no version', sent('latest')],
    ['traits at the root', sent('3.0.0', { traits: {} })],
    [
      'another library',
      group({ context: { library: { name: 'analytics-ruby', version: '3.0.0' }, traits: { id: 'p' } } }),
    ],
  ])('are the person’s with %s', (_name, event) => {
    expect(event.traitsAreFromContext).toBe(false);
    expect(event.groupIds).toEqual([]);
    expect(event.personId).toMatch(/[gp]/);
  });
});

describe('the table of reserved traits', () => {
  const warn: Warn = () => undefined;
  const named = Object.entries(reservedTraits).flatMap(([name, { spellings }]) =>
    [name, ...spellings].map((key): [string, ReservedTraitName] => [key, name as ReservedTraitName]),
  );
  const parts = Object.entries(addressParts).flatMap(([name, { spellings }]) =>
    [name, ...spellings].map((key): [string, AddressPart] => [key, name as AddressPart]),
  );

  it('has the twelve traits and the five parts that the documents define', () => {
    expect(Object.keys(reservedTraits)).toHaveLength(12);
    expect(Object.keys(addressParts)).toHaveLength(5);
  });

  it.each(named)('%s is read as %s, in any case, from traits and from nowhere else', (key, name) => {
    for (const spelt of [key, key.toUpperCase(), key.toLowerCase()]) {
      expect(group({ traits: { [spelt]: 'x' } }).trait(name, warn)).toBe('x');
      expect(
        group({ [spelt]: 'x', context: { traits: { [spelt]: 'x' } }, traits: {} }).trait(name, warn),
      ).toBeUndefined();
    }
  });

  it.each(parts)('address.%s is read as %s, in any case', (key, name) => {
    for (const spelt of [key, key.toUpperCase(), key.toLowerCase()]) {
      expect(group({ traits: { Address: { [spelt]: 'x' } } }).addressPart(name, warn)).toBe('x');
      expect(group({ traits: { [spelt]: 'x' } }).addressPart(name, warn)).toBeUndefined();
    }
  });
});
