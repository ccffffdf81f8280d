import {
  compute,
  defineDestination,
  event,
  type Expr,
  given,
  isNotNull,
  only,
  person,
  post,
  secret,
  template,
  text,
  trait,
  traits,
  unixMillis,
  url,
  z,
} from 'group-transformer/kit';

/** Traits that would be taken for fields of the event itself. */
const ownFields = [
  'eventTypeId',
  'environmentName',
  'trafficTypeName',
  'key',
  'timestamp',
  'value',
  'revenue',
  'total',
];

const isEventType = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][\w.-]{0,79}$/i.test(value);
const eventType = compute(
  'with underscores',
  [event.at('event').or(event.at('name')).as(text).default('group')],
  (name) => name.replaceAll(' ', '_'),
);

const personKey = event.userId.or(person.id).or(event.anonymousId);
/** If the event's traffic type is that of groups, the key is the group's id instead of a person's. */
const groupKey = event.userId.or(trait('userId').or(trait('id')).as(text)).or(personKey);

export default defineDestination({
  name: 'splitio',
  title: 'Split',
  docs: 'https://docs.split.io/reference/create-event',
  aliases: ['Split.io', 'Harness FME'],
  config: z.object({
    apiKey: secret('Server-side SDK API key'),
    trafficType: z.string().optional().describe('Traffic type, if the event names none'),
    environment: z.string().optional().describe('Environment of the events'),
  }),
  examples: { default: { apiKey: 'secret-apiKey', trafficType: 'user', environment: 'production' } },
  hosts: ['events.split.io'],
  requests: ({ apiKey, trafficType, environment }) => {
    const record = (key: Expr<string | undefined>) =>
      post.json({
        url: url`https://events.split.io/api/events`,
        headers: { Authorization: template`Bearer ${apiKey}` },
        body: {
          eventTypeId: eventType.as(only('a name of letters, digits, _, . and -, 80 at most', isEventType)).required(),
          key: key.required('Split requires a user id or an anonymous id'),
          timestamp: event.time.as(unixMillis),
          trafficTypeName: trait('trafficTypeName')
            .or(person.trait('trafficTypeName'))
            .or(event.at('properties.trafficTypeName'))
            .as(text)
            .default(trafficType),
          environmentName: environment,
          properties: traits
            .omit(...ownFields)
            .flatten('dots', { lists: 'joined' })
            .filter(isNotNull)
            .default({}),
        },
      });
    return given(trait('trafficTypeName'), record(groupKey), record(personKey));
  },
});
