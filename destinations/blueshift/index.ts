import {
  aboutPerson,
  basic,
  context,
  decimal,
  defineDestination,
  email,
  event,
  first,
  person,
  post,
  regions,
  rest,
  secret,
  text,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const dataCenter = regions(
  { standard: 'api.getblueshift.com', eu: 'api.eu.getblueshift.com' },
  'Data center of the account',
  'standard',
);

/** The customer's device. */
const known = (...paths: string[]) => aboutPerson(first(...paths.map(context)).as(text));

const coordinate = (name: string) =>
  aboutPerson(
    first(context(`address.${name}`), context(`location.${name}`))
      .as(decimal)
      .as(text),
  );

/** The attributes that identify the customer and the customer's device. A trait of the group must not set them. */
const ofCustomer = new Set([
  ...['name', 'firstname', 'first_name', 'lastname', 'last_name', 'email', 'phone', 'phone_number'],
  ...['address', 'city', 'state', 'country', 'zip', 'postalcode', 'postal_code', 'latitude', 'longitude'],
  ...['device_type', 'device_token', 'device_id', 'device_idfa', 'device_idfv', 'device_manufacturer'],
  ...['os_name', 'network_carrier', 'ip', 'locale', 'language'],
]);

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
      body: {
        event: 'identify',
        event_uuid: event.messageId,
        customer_id: person.id.or(event.anonymousId).required(),
        group_id: event.groupId.required(),
        email: aboutPerson(person.email.or(event.at('properties.email')).as(email)),
        device_type: known('device.type'),
        device_token: known('device.token'),
        device_id: known('device.id'),
        device_idfa: known('idfa', 'device.advertisingId'),
        device_idfv: known('idfv', 'device.id'),
        device_manufacturer: known('device.manufacturer'),
        os_name: known('os.name'),
        network_carrier: known('network.carrier'),
        ip: aboutPerson(context('ip').or(event.at('request_ip')).as(text)),
        latitude: coordinate('latitude'),
        longitude: coordinate('longitude'),
        // Traits become attributes of the customer, so none may replace the identity or the type of the call.
        [rest]: traits.keepKeys(
          (key) => !ofCustomer.has(key.toLowerCase()),
          'describes the group, and Blueshift would apply it to the customer',
        ),
      },
    }),
});
