import { addressParts, type ReservedTrait, reservedTraits } from './traits.ts';

/** The schema of one field: enough of JSON Schema to complete and describe an event. */
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
 * The group event as a JSON Schema: the fields that are read, and their meanings. It rejects nothing that the service
 * accepts, since traits and context may contain anything.
 */
export const eventSchema = {
  type: 'object',
  description: 'A group event: a person belongs to a company, an account or a team.',
  properties: {
    type: { type: 'string', const: 'group', description: 'The type of the event.' },
    groupId: { type: ['string', 'integer', 'array'], description: 'Id of the group, or a list of ids.' },
    userId: id('Id of the person in the group.'),
    anonymousId: id('Id of a person who is not identified yet.'),
    messageId: id('Id of this event.'),
    timestamp: time('When the event happened.'),
    originalTimestamp: time('When the event happened, by the sender’s clock.'),
    sentAt: time('When the event was sent, by the sender’s clock.'),
    receivedAt: time('When the pipeline received the event.'),
    channel: text('The source of the event, such as web or server.'),
    traits: {
      type: 'object',
      description: 'What describes the group. You can add other traits.',
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
      description: 'The circumstances of the event.',
      properties: {
        traits: {
          type: 'object',
          description: 'What describes the person.',
          properties: { email: text('Email address of the person.'), name: text('Name of the person.') },
        },
        ip: text('IP address of the person.'),
        locale: text('Language and region, such as nl-NL.'),
        timezone: text('Time zone, such as Europe/Amsterdam.'),
        userAgent: text('The browser.'),
        library: {
          type: 'object',
          properties: { name: text('Name of the SDK.'), version: text('Version of the SDK.') },
        },
        page: { type: 'object', properties: { path: text('Path of the page.'), url: text('URL of the page.') } },
      },
    },
    integrations: {
      type: 'object',
      description: 'Which destinations may get the event: a boolean or an object of options per name.',
      properties: { All: { type: 'boolean', description: 'Whether destinations that are not named get the event.' } },
      additionalProperties: { type: ['boolean', 'object'] },
    },
  },
} as const satisfies FieldSchema;
