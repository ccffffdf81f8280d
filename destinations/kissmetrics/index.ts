import {
  decimal,
  defineDestination,
  event,
  get,
  person,
  rest,
  secret,
  text,
  textUpTo,
  trait,
  traits,
  unixSeconds,
  url,
  z,
} from 'group-transformer/kit';

/** The group's data, as properties of the person. */
const properties = traits
  .omit('id', 'Billing Amount')
  .flatten('dots', { lists: 'joined' })
  .mapKeys((key) => `Group - ${key}`)
  .map((value) => text.convert(value))
  .keepKeys(/^.{1,254}$/s, 'has a name that is too long')
  .keep((value) => value.length <= 512, 'is longer than 512 characters');

export default defineDestination({
  name: 'kissmetrics',
  title: 'Kissmetrics',
  docs: 'https://support.kissmetrics.io/reference/api-specifications-1',
  aliases: ['Kiss Metrics'],
  config: z.object({ apiKey: secret('API key of the product') }),
  rejectsPipelines: 'RudderStack does not send group events to Kissmetrics, only identify, page, screen, track, alias',
  hosts: ['trk.kissmetrics.io'],
  requests: ({ apiKey }) =>
    get.empty({
      url: url`https://trk.kissmetrics.io/s`,
      query: {
        'Group - id': event.groupId.as(textUpTo(512)).required(),
        'Billing Amount': trait('Billing Amount').or(trait('revenue')).as(decimal).as(text),
        _k: apiKey,
        _p: person.id
          .or(event.anonymousId)
          .as(textUpTo(255))
          .required('Kissmetrics requires a user id or an anonymous id of at most 255 characters'),
        _t: event.time.as(unixSeconds).as(text),
        _d: '1',
        [rest]: properties,
      },
    }),
});
