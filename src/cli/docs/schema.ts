import { code, table } from './page.ts';

/** The parts of JSON Schema that configs use. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  default?: unknown;
  description?: string;
  secret?: boolean;
}

/** The fields of a JSON Schema as a table, with nested fields below their parents. */
export function schemaTable(schema: unknown): string {
  const rows = rowsOf(schema as Schema, '');
  if (rows.length === 0) return 'It has no fields.';
  return table(['Field', 'Type', 'Required', 'Default', 'Secret', 'Meaning'], rows);
}

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const row = [
      code(path),
      typeOf(schema),
      required.includes(name) ? 'yes' : 'no',
      code(schema.default),
      schema.secret === true ? 'yes' : 'no',
      schema.description ?? '–',
    ];
    const nested = schema.items === undefined ? rowsOf(schema, `${path}.`) : rowsOf(schema.items, `${path}[].`);
    return [row, ...nested];
  });
}

function typeOf(schema: Schema): string {
  const { type, enum: words, const: word, anyOf, items } = schema;
  if (words !== undefined) return words.map((value) => code(JSON.stringify(value))).join(', ');
  if (word !== undefined) return code(JSON.stringify(word));
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  return [type ?? 'anything'].flat().join(' or ');
}
