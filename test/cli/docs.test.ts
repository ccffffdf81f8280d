import { z } from 'zod';

import { environmentTable } from '../../src/cli/docs/configuration.ts';
import { schemaTable } from '../../src/cli/docs/schema.ts';

const isSet = (text: string) => text === 'true';

it('a schema of environment variables becomes a table', () => {
  const schema = z.object({
    PORT: z.coerce.number().int().default(9090).describe('The port to listen on'),
    GATE: z.enum(['true', 'false']).default('false').transform(isSet).describe('one of a|b'),
    FOLDERS: z
      .string()
      .default('')
      .transform((list) => list.split(':')),
    URL: z.string().refine(isSet).optional().describe('where else'),
  });
  expect(environmentTable(schema).split('\n')).toEqual([
    '| Variable | Default | Meaning |',
    '| --- | --- | --- |',
    '| `PORT` | 9090 | The port to listen on |',
    '| `GATE` | false | one of a\\|b |',
    '| `FOLDERS` |  |  |',
    '| `URL` |  | where else |',
  ]);
});

it('a schema of a config becomes a table with nested fields beneath', () => {
  const schema = z.object({
    key: z.string().meta({ secret: true, description: 'Key' }),
    region: z.enum(['eu', 'us']).default('eu'),
    size: z.union([z.number(), z.string()]).nullish(),
    rows: z.array(z.object({ from: z.string() })).default([]),
    deep: z.object({ flag: z.literal(true) }),
  });
  expect(
    schemaTable(z.toJSONSchema(schema, { io: 'input' }))
      .split('\n')
      .slice(2),
  ).toEqual([
    '| `key` | string | yes | – | yes | Key |',
    '| `region` | `"eu"`, `"us"` | no | `eu` | no | – |',
    '| `size` | number or string or null | no | – | no | – |',
    '| `rows` | list of object | no | `[]` | no | – |',
    '| `rows[].from` | string | yes | – | no | – |',
    '| `deep` | object | yes | – | no | – |',
    '| `deep.flag` | `true` | yes | – | no | – |',
  ]);
  expect(schemaTable({ type: 'object' })).toBe('It has no fields.');
});
