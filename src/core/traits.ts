/** The specifications of the group call and its traits, for the SDKs whose events arrive here. */
export const documents = {
  MetaRouter: 'https://docs.metarouter.io',
  RudderStack: 'https://www.rudderstack.com/docs/event-spec/standard-events/group/',
} as const;

type DocumentName = keyof typeof documents;

/** A trait with a fixed meaning. */
export interface ReservedTrait {
  /** Its type. A destination's converters decide what else they accept. */
  readonly type: 'text' | 'whole number' | 'date' | 'object or text';
  readonly meaning: string;
  /** Other spellings, in the order of look-up. */
  readonly spellings: readonly string[];
  /** The specifications that define it, with the type that each gives it. */
  readonly documented: Readonly<Record<DocumentName, string>>;
}

function trait(
  type: ReservedTrait['type'],
  meaning: string,
  {
    spellings = [],
    documented = {},
  }: { spellings?: string[]; documented?: Partial<Record<DocumentName, string>> } = {},
): ReservedTrait {
  return { type, meaning, spellings, documented: { MetaRouter: 'String', RudderStack: 'String', ...documented } };
}

/** The reserved traits of a group, by name. */
export const reservedTraits = {
  address: trait('object or text', 'Postal address of the group, in parts or as one line of text.', {
    documented: { MetaRouter: 'Object', RudderStack: 'Object' },
  }),
  avatar: trait('text', 'URL of an image of the group.'),
  createdAt: trait('date', 'When the group’s account was created.', {
    spellings: ['created_at', 'created'],
    documented: { MetaRouter: 'Date', RudderStack: 'Date' },
  }),
  description: trait('text', 'What the group is or does.'),
  email: trait('text', 'Email address of the group, never of a person.'),
  employees: trait('whole number', 'Number of people who work for the group.', {
    documented: { RudderStack: 'Number' },
  }),
  id: trait('text', 'Id of the group in the sender’s database, used if the event has no group id.'),
  industry: trait('text', 'Industry of the group.'),
  name: trait('text', 'Name of the group.'),
  phone: trait('text', 'Phone number of the group.'),
  plan: trait('text', 'Plan of the group.'),
  website: trait('text', 'Website of the group.'),
} as const;

/** The parts of an address object. */
export const addressParts = {
  street: trait('text', 'Street and house number.'),
  city: trait('text', 'City or town.'),
  state: trait('text', 'State, region or province.'),
  postalCode: trait('text', 'Postal code.', { spellings: ['postal_code', 'zip', 'zip_code'] }),
  country: trait('text', 'Country.'),
} as const;

export type ReservedTraitName = keyof typeof reservedTraits;
export type AddressPart = keyof typeof addressParts;
