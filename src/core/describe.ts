import _ from 'lodash';
import { z } from 'zod';

import type { Description, Summary } from '../contract/descriptions.ts';
import type { LineageRow } from '../contract/lineage.ts';
import { bindConfig, type Bound, lineageOf } from './bind.ts';
import { type Destination, isRejecting, type SendingDestination } from './definition.ts';
import { passesOn } from './lineage.ts';
import { addressParts, reservedTraits } from './traits.ts';

/**
 * A destination with each of its example configs.
 * @throws {Error} if an example is not a valid config
 */
export const boundExamples: (destination: SendingDestination) => Record<string, Bound> = _.memoize((destination) =>
  _.mapValues(destination.examples, (config, mode) => {
    const bound = bindConfig(destination, config, destination.deliveryExample);
    if ('outcome' in bound) throw new Error(`${destination.name}: the example ${mode} is invalid: ${bound.message}`);
    return bound;
  }),
);

export function summarize(destination: Destination): Summary {
  const { name, title, docs, aliases } = destination;
  const described = { name, title, docs, aliases };
  if (isRejecting(destination)) {
    const { reason } = destination;
    return { ...described, accepts: { group: false, groupId: false, traits: false }, reason };
  }
  const sources = fieldRows(_.mapValues(boundExamples(destination), lineageOf)).flatMap(({ from }) => from);
  const reads = (prefix: string) => sources.some((source) => source.startsWith(prefix) || source === 'event.*');
  return { ...described, accepts: { group: true, groupId: reads('groupId'), traits: reads('traits.') } };
}

export function describe(destination: Destination): Description {
  const summary = summarize(destination);
  if (isRejecting(destination)) return summary;
  const bound = boundExamples(destination);
  const lineage = _.mapValues(bound, lineageOf);
  return {
    ...summary,
    hosts: destination.hosts,
    config: z.toJSONSchema(destination.config, { io: 'input' }),
    ...(destination.delivery && { delivery: z.toJSONSchema(destination.delivery, { io: 'input' }) }),
    ..._.pick(destination, ['nativeDefaults', 'rejectsPipelines']),
    lineage,
    requests: _.mapValues(bound, ({ compiled }) => compiled.requests),
    rules: _.mapValues(bound, ({ compiled }) => compiled.rules),
    traits: traitFields(fieldRows(lineage)),
  };
}

/** The rows that feed request fields, without those that only decide whether there is a field. */
function fieldRows(lineage: Record<string, readonly LineageRow[]>): LineageRow[] {
  return Object.values(lineage)
    .flat()
    .filter(({ to, isCondition }) => isCondition !== true && /^requests\[\d+\]\./.test(to));
}

function traitFields(rows: readonly LineageRow[]): Record<string, string[]> {
  const names = [...Object.keys(reservedTraits), ...Object.keys(addressParts).map((part) => `address.${part}`)];
  return Object.fromEntries(
    names.map((name) => {
      const [key = ''] = name.split('.');
      const feeds = (row: LineageRow) =>
        row.from.some((source) => ['event.*', `traits.${name}`].includes(source)) || passesOn(row, 'traits', key);
      return [name, [...new Set(rows.filter(feeds).map(({ to }) => to))]];
    }),
  );
}
