import {
  aboutPerson,
  basic,
  context,
  decimal,
  defineDestination,
  event,
  first,
  person,
  post,
  regions,
  rest,
  secret,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const dataCenter = regions(
  { standard: 'api.getblueshift.com', eu: 'api.eu.getblueshift.com' },
  'Where the account keeps its data',
  'standard',
);

export default defineDestination({
  name: 'blueshift',
  title: 'Blueshift',
  docs: 'https://developer.blueshift.com/reference/post_api-v1-event',
  config: z.object({
    eventApiKey: secret('Event API key'),
    dataCenter,
  }),
  examples: {
    standard: { eventApiKey: 'secret-eventApiKey' },
    eu: { eventApiKey: 'secret-eventApiKey', dataCenter: 'eu' },
  },
  hosts: dataCenter.hosts,
  requests: ({ eventApiKey, dataCenter: host }) =>
    post.json({
      url: url`https://${host}/api/v1/event`,
      headers: { Authorization: basic(eventApiKey) },
      // Traits become attributes of the customer, so that none may replace what says who and what the call is about.
      body: aboutPerson({
        event: 'identify',
        event_uuid: event.messageId,
        customer_id: person.id.or(event.anonymousId).required(),
        group_id: event.groupId.required(),
        email: person.email.or(event.at('properties.email')).as(text),
        device_type: first(trait('device_type'), context('device.type')).as(text),
        device_token: first(trait('device_token'), context('device.token')).as(text),
        device_id: first(trait('device_id'), context('device.id')).as(text),
        device_idfa: first(trait('device_idfa'), context('idfa'), context('device.advertisingId')).as(text),
        device_idfv: first(trait('device_idfv'), context('idfv'), context('device.id')).as(text),
        device_manufacturer: first(trait('device_manufacturer'), context('device.manufacturer')).as(text),
        os_name: first(trait('os_name'), context('os.name')).as(text),
        network_carrier: first(trait('network_carrier'), context('network.carrier')).as(text),
        ip: first(trait('ip'), context('ip'), event.at('request_ip')).as(text),
        latitude: first(trait('latitude'), context('address.latitude'), context('location.latitude')).as(decimal),
        longitude: first(trait('longitude'), context('address.longitude'), context('location.longitude')).as(decimal),
        [rest]: traits,
      }),
    }),
});
