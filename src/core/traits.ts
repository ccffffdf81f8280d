/** Who defines a trait: the documents that the product's events come from. */
export const traitSources = {
  Segment: 'https://segment.com/docs/connections/spec/group/#traits',
  RudderStack: 'https://www.rudderstack.com/docs/event-spec/standard-events/group/#group-traits',
  MetaRouter: 'https://docs.metarouter.io',
} as const;

/** A trait with a fixed meaning. */
export interface ReservedTrait {
  readonly type: 'text' | 'whole number' | 'date' | 'object or text';
  readonly meaning: string;
  /** Other names it goes by, in the order in which they are tried. */
  readonly spellings: readonly string[];
  readonly sources: readonly (keyof typeof traitSources)[];
}

const trait = (type: ReservedTrait['type'], meaning: string, ...spellings: string[]): ReservedTrait => ({
  type,
  meaning,
  spellings,
  sources: ['Segment', 'RudderStack', 'MetaRouter'],
});

/** The reserved traits of a group, by name. */
export const reservedTraits = {
  address: trait('object or text', 'Postal address of the group, in parts or as one line.'),
  avatar: trait('text', 'URL of an image that stands for the group.'),
  createdAt: trait('date', 'When the account of the group was created.', 'created_at'),
  description: trait('text', 'What the group is or does.'),
  email: trait('text', 'E-mail address of the group, never of a person.'),
  employees: trait('whole number', 'How many people work for the group.'),
  id: trait('text', 'Id of the group in the sender’s database, used when the event has no group id.'),
  industry: trait('text', 'Industry the group belongs to.'),
  name: trait('text', 'Name of the group.'),
  phone: trait('text', 'Phone number of the group.'),
  plan: trait('text', 'Plan the group is on.'),
  website: trait('text', 'Website of the group.'),
} as const;

/** The parts of an address that is an object. */
export const addressParts = {
  street: trait('text', 'Street and house number.'),
  city: trait('text', 'City or town.'),
  state: trait('text', 'State, region or province.'),
  postalCode: trait('text', 'Postal code.', 'postal_code', 'zip', 'zip_code'),
  country: trait('text', 'Country.'),
} as const;

export type ReservedTraitName = keyof typeof reservedTraits;
export type AddressPart = keyof typeof addressParts;
