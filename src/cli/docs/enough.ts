import _ from 'lodash';

import { isRejecting, type SendingDestination } from '../../core/definition.ts';
import { readEvent } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import type { Registry } from '../../core/registry.ts';
import { Transformer } from '../../core/transform.ts';
import { table } from './page.ts';

const timestamp = '2026-02-03T10:11:12Z';
const groupOnly = { type: 'group', groupId: 'acme-42' };
const context = { traits: { email: 'ada@acme.example' } };
const userId = 'user-7';

/** Events from small to large. */
const events: [description: string, event: Json][] = [
  ['`groupId`', { ...groupOnly, timestamp }],
  ['`groupId`, `userId`', { ...groupOnly, userId, timestamp }],
  ['`groupId`, `traits.name`', { ...groupOnly, traits: { name: 'Acme' }, timestamp }],
  ['`groupId`, `userId`, `traits.name`', { ...groupOnly, userId, traits: { name: 'Acme' }, timestamp }],
  ['`groupId`, `userId`, `context.traits.email`', { ...groupOnly, userId, context, timestamp }],
  [
    '`groupId`, `userId`, `traits.name`, `context.traits.email`',
    { ...groupOnly, userId, traits: { name: 'Acme' }, context, timestamp },
  ],
];

const MORE = 'more, as the destination’s page says';

/** The section that says for each destination which event is enough, found by mapping the events with its example configs. */
export function renderEnough(registry: Registry): string {
  const transformer = new Transformer({ registry });
  const sending = registry.destinations.flatMap((destination) => (isRejecting(destination) ? [] : [destination]));
  const smallest = _.groupBy(sending, (destination) => {
    const isEnough = ([, event]: [string, Json]) => reachesVendor(transformer, destination, event);
    return events.find(isEnough)?.[0] ?? MORE;
  });
  const rows = [..._.map(events, 0), MORE].flatMap((fields) => {
    const links = (smallest[fields] ?? []).map(({ name, title }) => `[${title}](destinations/${name}.md)`);
    return links.length === 0 ? [] : [[fields, String(links.length), links.join(', ')]];
  });
  return `## Which events are enough

This table shows the smallest event that each destination accepts, with any of the configs on its page. The tables on that page say
what else it can use.

${table(['The event has', 'Destinations', 'It is enough for'], rows)}

The other destinations take no groups, and drop every group event.`;
}

/** Whether the event leads to requests, or to a call to the vendor, with each example config. */
function reachesVendor(
  transformer: Transformer,
  { name, examples, deliveryExample }: SendingDestination,
  event: Json,
): boolean {
  return Object.values(examples).every((config) => {
    const target = { id: name, name, config, delivery: deliveryExample, enabled: true };
    const { outcome } = transformer.bind(target).map(readEvent(event), { now: new Date(timestamp) }).outcome;
    return outcome === 'send' || outcome === 'ask';
  });
}
