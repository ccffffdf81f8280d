import { jitsuAnalytics } from '@jitsu/js';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import LegacyAnalytics from 'analytics-node';

import type { Result } from '../../../src/contract/results.ts';
import { isRejecting } from '../../../src/core/definition.ts';
import { isJsonObject, type Json } from '../../../src/core/json.ts';
import { transform } from '../../support/api.ts';
import { type Collector, startCollector } from '../../support/collector.ts';
import { registry } from '../../support/project.ts';

/*
 * The SDKs that customers use, calling `group` for real; what arrives is transformed for every destination.
 */

let collector: Collector;

beforeAll(async () => {
  collector = await startCollector();
});

afterAll(() => {
  collector.close();
});

const traits = {
  name: 'Acme',
  industry: 'Energy',
  employees: 63,
  createdAt: new Date('2019-03-04T05:06:07Z'),
  tags: ['a', 'b'],
};
const call = { userId: 'user-7', anonymousId: 'visitor-3', groupId: 'acme-42', traits };

const clients: [string, (url: string) => Promise<unknown>][] = [
  [
    '@segment/analytics-node',
    async (host) => {
      const client = new Analytics({ writeKey: 'key', host, flushAt: 1 });
      client.group(call);
      await client.closeAndFlush();
    },
  ],
  [
    '@rudderstack/rudder-sdk-node',
    async (dataPlaneUrl) => {
      const client = new RudderAnalytics('key', { dataPlaneUrl, flushAt: 1 });
      client.group(call);
      await client.flush();
    },
  ],
  [
    'analytics-node',
    async (host) => {
      const client = new LegacyAnalytics('key', { host, flushAt: 1 });
      client.group(call);
      await client.flush();
    },
  ],
  [
    '@jitsu/js',
    async (host) => {
      const client = jitsuAnalytics({ host, writeKey: 'key:secret' });
      await client.identify('user-7', { email: 'user@x.example' });
      await collector.event();
      await client.group('acme-42', { ...traits, createdAt: traits.createdAt.toISOString() });
    },
  ],
];

const destinations = registry.destinations.map((destination) => {
  const { name } = destination;
  if (isRejecting(destination)) return { name, config: {} };
  const { examples, deliveryExample: delivery } = destination;
  return { name, config: Object.values(examples)[0], ...(delivery !== undefined && { delivery }) };
});

/**
 * Destinations that require what a plain call does not have: a group id in digits (Emarsys, Pipedrive), a trait that
 * steers (Freshmarketer, Klaviyo, Mautic), the person's email (Gainsight, Intercom, Zendesk), a website (Unify), or the
 * id of a lead (PersistIQ).
 */
const requireMore = [
  ...['emarsys', 'freshmarketer', 'gainsight', 'intercom-v2', 'klaviyo', 'mautic', 'persistiq', 'pipedrive', 'unify'],
  'zendesk',
];

/** The body of the first request for a destination. */
function bodyFor(results: Result[], name: string): Json | undefined {
  const result = results.find(({ destinationId }) => destinationId === name);
  const body = result?.outcome === 'send' ? result.requests[0]?.body : undefined;
  if (body === undefined) return undefined;
  return 'json' in body ? body.json : body.form;
}

it.each(clients)('%s sends a group event that every destination understands', async (_name, send) => {
  await send(collector.url);
  const event = await collector.event();
  expect(event).toMatchObject({ type: 'group', groupId: 'acme-42', userId: 'user-7' });

  const results = await transform({ event, destinations });
  const outcomes = results.map((result) => {
    const isAsking = result.outcome === 'fail' && result.code === 'DIALOGUE_NEEDED';
    return [result.destinationId, isAsking ? 'send' : result.outcome];
  });
  expect(outcomes).toEqual(
    registry.destinations.map((destination) => [
      destination.name,
      isRejecting(destination) ? 'drop' : requireMore.includes(destination.name) ? 'fail' : 'send',
    ]),
  );
  expect(bodyFor(results, 'userpilot')).toEqual({
    company_id: 'acme-42',
    metadata: {
      name: 'Acme',
      industry: 'Energy',
      employees: 63,
      created_at: '2019-03-04T05:06:07.000Z',
      tags: 'a, b',
    },
  });
  expect(bodyFor(results, 'stormly')).toMatchObject({ userId: 'user-7', groupId: 'acme-42' });
  expect(bodyFor(results, 'refiner')).toMatchObject({
    id: 'user-7',
    'account[id]': 'acme-42',
    'account[name]': 'Acme',
  });
  const [profile] = bodyFor(results, 'mixpanel') as Json[];
  expect(isJsonObject(profile) ? profile.$distinct_id : undefined).toBe('user-7');
});
