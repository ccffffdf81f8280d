import { z } from 'zod';
import { code, table } from './page.ts';

/** The environment variables that a schema reads, as a table; their meanings are the descriptions in it. */
export function environmentTable(schema: z.ZodObject): string {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([name, variable]) => {
    const { default: preset, description = '' } = variable as { default?: string | number; description?: string };
    return [code(name), preset === undefined || preset === '' ? '' : String(preset), description];
  });
  return table(['Variable', 'Default', 'Meaning'], rows);
}
