import {
  aboutPerson,
  compute,
  context,
  defineDestination,
  event,
  fields,
  isNotNull,
  isScalar,
  type Json,
  now,
  omitEmpty,
  oneOf,
  only,
  option,
  person,
  post,
  refuse,
  regions,
  rest,
  rows,
  type Scalar,
  type Secret,
  secret,
  text,
  trait,
  traits,
  union,
  unixMicros,
  url,
  z,
} from 'group-transformer/kit';

const region = regions(
  { global: 'www.google-analytics.com', eu: 'region1.google-analytics.com' },
  'Region that collects the events',
  'global',
);

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

const type = z.enum(['gtag', 'firebase']);
const filled = z.string().min(1);
const dataStream = z
  .object(
    { DATA_STREAM: z.object({ type, value: filled }), MEASUREMENT_PROTOCOL_SECRET: filled.pipe(secret('API secret')) },
    'must be JSON text with DATA_STREAM and MEASUREMENT_PROTOCOL_SECRET',
  )
  .transform(({ DATA_STREAM: { type: typesOfClient, value }, MEASUREMENT_PROTOCOL_SECRET: apiSecret }) => {
    return { typesOfClient, apiSecret, measurementId: value, firebaseAppId: value };
  });

const complete = z.object({
  apiSecret: z.custom<Secret>((value) => value !== undefined, 'is required'),
  debugMode: z.boolean(),
  isHybrid: z.boolean(),
  region: z.string(),
  piiPropertiesToIgnore: z.array(z.string()),
});

/** Traits that are not parameters, or that have another name. */
const notParams = [
  ...['groupId', 'products', 'firebase_conversion', 'user_properties', 'engagementTimeMsec', 'sessionId'],
  ...['__proto__', 'constructor', 'prototype'],
];
const isFilled = (value: Json) => (typeof value === 'string' ? value.trim() !== '' : isScalar(value));
const paramName = /^(?!(google|ga|firebase)_)[a-z]\w{0,39}$/i;
const MAX_VALUE = 100;
const isShort = (value: unknown): value is Scalar => isScalar(value) && String(value).length <= MAX_VALUE;
const param = only(`a value of at most ${String(MAX_VALUE)} characters`, isShort);

const propertyName = /^(?!(google|ga|firebase)_)[a-z]\w{0,23}$/i;
const ofGoogle = [
  ...['first_open_time', 'first_visit_time', 'last_deep_link_referrer', 'user_id', 'first_open_after_install'],
];
const isProperty = (value: Json) => /^.{1,36}$/s.test((text.convert(value) ?? '').trim());

const isOutOfTime = compute('out of time', [event.time, now], (time, current) => {
  const sent = unixMicros.convert(time ?? null);
  const age = sent === undefined ? 0 : current.getTime() - sent / 1000;
  return age > 72 * 3_600_000 || age < -15 * 60_000;
});

const isNonPersonalized = compute('negation', [context('device.adTrackingEnabled').as(text)], (enabled = '') => {
  if (['true', '1'].includes(enabled)) return false;
  return ['false', '0'].includes(enabled) ? true : undefined;
});

const consent = (name: string) => option(`consents.${name}`).as(oneOf('GRANTED', 'DENIED'));

const either = (name: string) => trait(name).or(person.trait(name));

export default defineDestination({
  name: 'ga4',
  title: 'Google Analytics 4',
  docs: 'https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference',
  aliases: [
    'Google Analytics 4 (GA4)',
    'googleAnalytics4',
    'GA4_V2',
    'Google Analytics 4 V2',
    'Google Analytics 4 (GA4) V2',
    'googleAnalytics4V2',
    'Google Analytics 4 Cloud',
    'actions-google-analytics-4',
  ],
  config: z
    .object({
      configData: z
        .string()
        .transform(parseJson)
        .pipe(dataStream)
        .nullish()
        .meta({ description: 'The data stream as JSON text, instead of the next four fields', secret: true }),
      typesOfClient: type.optional().describe('Whether the data stream is of a website (gtag) or an app (firebase)'),
      apiSecret: secret('Measurement Protocol API secret of the data stream').optional(),
      measurementId: z.string().optional().describe('Measurement ID of a web data stream'),
      firebaseAppId: z.string().optional().describe('Firebase app ID of an app data stream'),
      region,
      debugMode: z.boolean().default(false).describe('Whether to only validate events'),
      connectionMode: z.string().optional().describe('Connection mode of the source; if hybrid, events may set ids'),
      piiPropertiesToIgnore: rows('piiProperty', 'Traits not to send').prefault([]),
    })
    .transform(({ configData, connectionMode, ...plain }) => {
      return { ...plain, isHybrid: connectionMode === 'hybrid', ...configData };
    })
    .pipe(
      z.discriminatedUnion('typesOfClient', [
        complete.extend({ typesOfClient: z.literal('gtag'), measurementId: filled }),
        complete.extend({ typesOfClient: z.literal('firebase'), firebaseAppId: filled }),
      ]),
    ),
  examples: {
    web: { typesOfClient: 'gtag', apiSecret: 'secret-apiSecret', measurementId: 'G-7KQ2', connectionMode: 'hybrid' },
    app: { typesOfClient: 'firebase', apiSecret: 'secret-apiSecret', firebaseAppId: '1:52:ios:9f' },
    v2: {
      configData: '{"DATA_STREAM":{"type":"gtag","value":"G-7KQ2"},"MEASUREMENT_PROTOCOL_SECRET":"secret-configData"}',
    },
  },
  hosts: region.hosts,
  rules: () => [refuse(isOutOfTime, 'Google Analytics accepts events of the last 72 hours and the next 15 minutes')],
  requests: (config) => {
    const { apiSecret, region: host, debugMode, isHybrid, piiPropertiesToIgnore } = config;
    const isWeb = config.typesOfClient === 'gtag';
    const deviceId = person.externalId('ga4ClientId').or(event.anonymousId).or(event.at('rudderId'));
    const sessionId = either('sessionId').or(either('session_id')).or(context('sessionId'));
    return post.json({
      url: debugMode ? url`https://${host}/debug/mp/collect` : url`https://${host}/mp/collect`,
      query: isWeb
        ? { api_secret: apiSecret, measurement_id: config.measurementId }
        : { api_secret: apiSecret, firebase_app_id: config.firebaseAppId },
      batch: { items: 25, bytes: 130_000, at: 'body.json.events' },
      body: {
        client_id: isWeb ? (isHybrid ? option('clientId').or(deviceId) : deviceId).as(text).required() : undefined,
        app_instance_id: isWeb ? undefined : person.externalId('ga4AppInstanceId').as(text).required(),
        user_id: person.id,
        timestamp_micros: event.time.as(unixMicros),
        user_properties: aboutPerson(
          omitEmpty(
            union(person.traits, fields(event.at('properties.user_properties')))
              .omit(...piiPropertiesToIgnore)
              .filter(isNotNull)
              .keepKeys((name) => !ofGoogle.includes(name), 'has a name that Google reserves')
              .keepKeys(propertyName, 'has a name that Google does not accept for a user property')
              .keep(isProperty, 'does not have a value of 1 to 36 characters')
              .map((value) => ({ value })),
          ),
        ),
        non_personalized_ads: isNonPersonalized,
        consent: omitEmpty({
          ad_user_data: consent('ad_user_data'),
          ad_personalization: consent('ad_personalization'),
        }),
        events: [
          {
            name: 'join_group',
            params: {
              group_id: event.groupId.as(param),
              engagement_time_msec: either('engagementTimeMsec')
                .or(either('engagement_time_msec'))
                .as(param)
                .default(1),
              session_id: (isHybrid ? option('sessionId').or(sessionId) : sessionId).as(param),
              session_number: option('sessionNumber')
                .or(trait('sessionNumber'))
                .or(trait('session_number'))
                .or(person.trait('sessionNumber'))
                .or(person.trait('session_number'))
                .as(param),
              [rest]: union(traits, person.traits)
                .omit(...notParams, ...piiPropertiesToIgnore)
                .flatten('underscores', { lists: 'joined' })
                .mapKeys((name) => name.replaceAll('.', '_'))
                .filter(isFilled)
                .keepKeys(paramName, 'has a name that Google does not accept for a parameter')
                .keep(isShort, `has a value with more than ${String(MAX_VALUE)} characters`)
                .upTo(25),
            },
          },
        ],
      },
    });
  },
});
