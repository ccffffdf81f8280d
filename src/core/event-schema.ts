import { addressParts, reservedTraits, type ReservedTrait } from './traits.ts';

/** What the schema says of one field; enough of JSON Schema to complete and describe an event. */
export interface FieldSchema {
  type?: string | readonly string[];
  description?: string;
  format?: string;
  const?: string;
  items?: FieldSchema;
  properties?: Readonly<Record<string, FieldSchema>>;
  additionalProperties?: FieldSchema;
}

const text = (description: string): FieldSchema => ({ type: 'string', description });
const time = (description: string): FieldSchema => ({ type: 'string', format: 'date-time', description });
const id = (description: string): FieldSchema => ({ type: ['string', 'integer'], description });

const types: Readonly<Record<ReservedTrait['type'], FieldSchema>> = {
  text: { type: 'string' },
  'whole number': { type: ['integer', 'string'] },
  date: { type: ['string', 'integer'] },
  'object or text': { type: ['object', 'string'] },
};

function traitsSchema(traits: Readonly<Record<string, ReservedTrait>>): Record<string, FieldSchema> {
  const entries = Object.entries(traits).map(([name, { type, meaning }]) => [
    name,
    { ...types[type], description: meaning },
  ]);
  return Object.fromEntries(entries) as Record<string, FieldSchema>;
}

/**
 * The group event as a JSON Schema: the fields that are read by their names, and what they mean. It refuses nothing that
 * the service takes, since traits and context may hold anything else as well.
 */
export const eventSchema = {
  type: 'object',
  description: 'A group event: a person belongs to a company, an account or a team.',
  properties: {
    type: { type: 'string', const: 'group', description: 'What the event is.' },
    groupId: { type: ['string', 'integer', 'array'], description: 'Id of the group, or a list of ids.' },
    userId: id('Id of the person in the group.'),
    anonymousId: id('Id of a person who is not known yet.'),
    messageId: id('Id of this event.'),
    timestamp: time('When it happened.'),
    originalTimestamp: time('When it happened by the sender’s clock.'),
    sentAt: time('When it was sent by the sender’s clock.'),
    receivedAt: time('When the pipeline received it.'),
    channel: text('Where it comes from, such as web or server.'),
    traits: {
      type: 'object',
      description: 'What is known of the group; any other traits may be added.',
      properties: {
        ...traitsSchema(reservedTraits),
        address: {
          ...types['object or text'],
          description: reservedTraits.address.meaning,
          properties: traitsSchema(addressParts),
        },
      },
    },
    context: {
      type: 'object',
      description: 'The circumstances.',
      properties: {
        traits: {
          type: 'object',
          description: 'What is known of the person.',
          properties: { email: text('E-mail address of the person.'), name: text('Name of the person.') },
        },
        ip: text('IP address of the person.'),
        locale: text('Language and region, such as nl-NL.'),
        timezone: text('Time zone, such as Europe/Amsterdam.'),
        userAgent: text('The browser.'),
        library: { type: 'object', properties: { name: text('Name of the SDK.'), version: text('Its version.') } },
        page: { type: 'object', properties: { path: text('Path of the page.'), url: text('URL of the page.') } },
      },
    },
    integrations: {
      type: 'object',
      description: 'Which destinations may get the event: a boolean per name, or an object of options.',
      properties: { All: { type: 'boolean', description: 'Whether those that are not named get it.' } },
      additionalProperties: { type: ['boolean', 'object'] },
    },
  },
} as const satisfies FieldSchema;
