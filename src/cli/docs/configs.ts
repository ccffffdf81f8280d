import { compile, type JSONSchema } from 'json-schema-to-typescript';
import _ from 'lodash';
import { format } from 'prettier';
import { z } from 'zod';

import { type Destination, isRejecting, type SendingDestination } from '../../core/definition.ts';

/** The types of all configs, by the names of their destinations, as a module of TypeScript. */
export async function renderConfigs(destinations: readonly Destination[]): Promise<string> {
  const [rejecting, sending] = _.partition(destinations, isRejecting) as [Destination[], SendingDestination[]];
  const schemas = sending.map(({ name, config }) => [name, z.toJSONSchema(config, { io: 'input' })] as const);
  const schema: JSONSchema = {
    type: 'object',
    properties: Object.fromEntries(schemas.map(([name, one]) => [name, _.omit(one, '$schema') as JSONSchema])),
    required: schemas.map(([name]) => name),
  };
  const configs = await compile(schema, 'BuiltInConfigs', { bannerComment: '', additionalProperties: false });
  const text = [
    '/* Written by `npm run docs` from the schemas of the destinations; what is changed here is lost. */',
    `/** The config of each destination that sends groups. */\n${configs}`,
    '/** The destinations that take no groups. */',
    `export type RejectingName = ${rejecting.map(({ name }) => JSON.stringify(name)).join(' | ')};`,
  ];
  return format(text.join('\n'), { parser: 'typescript', printWidth: 120, singleQuote: true });
}
