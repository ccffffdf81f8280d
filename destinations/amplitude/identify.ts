import {
  aboutPerson,
  compute,
  context,
  type Converter,
  decimal,
  entry,
  event,
  fields,
  integer,
  isNumber,
  isText,
  only,
  option,
  person,
  text,
  trait,
  union,
  unixMillis,
  when,
} from 'group-transformer/kit';

import type { Groups } from './groups.ts';

const sessionId = compute('part after the last colon', [option('session_id').or(event.at('session_id'))], (id) =>
  isText(id) ? id.slice(id.lastIndexOf(':') + 1) : id,
);

/** The user's device. The group's traits say nothing about it. */
const device = <T>(path: string, converter: Converter<T>) => aboutPerson(context(path).as(converter));

/** The user's location. The group's address says nothing about it. */
const place = (part: string) =>
  aboutPerson(
    context(`location.${part}`)
      .or(person.trait(`address.${part}`))
      .as(text),
  );

interface IdentifySettings {
  mapDeviceBrand: boolean;
  enableEnhancedUserOperations: boolean;
}

/** The event that adds the user to groups, and says what is known of them. */
export function identifyEvent(
  { type, values }: Groups,
  { mapDeviceBrand, enableEnhancedUserOperations }: IdentifySettings,
) {
  // A single group has a plain value instead of a list, as in Amplitude's own SDKs.
  const groups = entry(
    type,
    compute('value, or list of them', [values], (list) => (list?.length === 1 ? list[0] : list)),
  ).once();
  const userProperties = union<unknown>(
    groups,
    aboutPerson(
      union<unknown>(
        {
          initial_referrer: context('page.initial_referrer'),
          initial_referring_domain: context('page.initial_referring_domain'),
        },
        fields(context('campaign')).mapKeys((key) => `utm_${key}`),
      ),
    ),
  );
  return {
    event_type: '$identify',
    user_id: event.userId,
    device_id: event.anonymousId,
    groups,
    user_properties: enableEnhancedUserOperations ? { $set: userProperties } : userProperties,
    time: event.time.as(unixMillis),
    session_id: option('session_id')
      .as(integer)
      .or(sessionId.as(integer))
      .or(context('sessionId').as(integer))
      .default(-1),
    event_id: trait('event_id')
      .or(option('event_id').as(only('a number', isNumber)))
      .as(integer),
    os_name: device('os.name', text),
    os_version: device('os.version', text),
    device_model: device('device.model', text),
    device_manufacturer: device('device.manufacturer', text),
    device_brand: mapDeviceBrand ? device('device.brand', text) : undefined,
    platform: device('device.type', text),
    carrier: device('network.carrier', text),
    app_name: device('app.name', text),
    app_version: device('app.version', text),
    language: device('locale', text),
    ip: aboutPerson(context('ip').or(event.at('request_ip')).as(text)),
    country: place('country'),
    city: place('city'),
    region: device('location.region', text),
    dma: device('location.dma', text),
    location_lat: device('location.latitude', decimal),
    location_lng: device('location.longitude', decimal),
    $skip_user_properties_sync: when(option('skipUserPropertiesSync'), true),
    library: 'rudderstack',
  };
}
