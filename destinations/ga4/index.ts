import {
  compute,
  context,
  defineDestination,
  event,
  now,
  omitEmpty,
  oneOf,
  option,
  person,
  post,
  refuse,
  text,
  unixMicros,
  url,
} from 'group-transformer/kit';

import { config, region } from './config.ts';
import { paramsOf, userProperties } from './params.ts';

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
  config,
  examples: {
    web: { typesOfClient: 'gtag', apiSecret: 'secret-apiSecret', measurementId: 'G-7KQ2', connectionMode: 'hybrid' },
    app: { typesOfClient: 'firebase', apiSecret: 'secret-apiSecret', firebaseAppId: '1:52:ios:9f' },
    v2: {
      configData: '{"DATA_STREAM":{"type":"gtag","value":"G-7KQ2"},"MEASUREMENT_PROTOCOL_SECRET":"secret-configData"}',
    },
  },
  hosts: region.hosts,
  rules: () => [refuse(isOutOfTime, 'Google Analytics accepts events of the last 72 hours and the next 15 minutes')],
  requests: (parsed) => {
    const { apiSecret, region: host, debugMode, isHybrid, piiPropertiesToIgnore } = parsed;
    const isWeb = parsed.typesOfClient === 'gtag';
    const deviceId = person.externalId('ga4ClientId').or(event.anonymousId).or(event.at('rudderId'));
    return post.json({
      url: debugMode ? url`https://${host}/debug/mp/collect` : url`https://${host}/mp/collect`,
      query: isWeb
        ? { api_secret: apiSecret, measurement_id: parsed.measurementId }
        : { api_secret: apiSecret, firebase_app_id: parsed.firebaseAppId },
      batch: { items: 25, bytes: 130_000, at: 'body.json.events' },
      body: {
        client_id: isWeb ? (isHybrid ? option('clientId').or(deviceId) : deviceId).as(text).required() : undefined,
        app_instance_id: isWeb ? undefined : person.externalId('ga4AppInstanceId').as(text).required(),
        user_id: person.id,
        timestamp_micros: event.time.as(unixMicros),
        user_properties: userProperties(piiPropertiesToIgnore),
        non_personalized_ads: isNonPersonalized,
        consent: omitEmpty({
          ad_user_data: consent('ad_user_data'),
          ad_personalization: consent('ad_personalization'),
        }),
        events: [{ name: 'join_group', params: paramsOf(isHybrid, piiPropertiesToIgnore) }],
      },
    });
  },
});
