import _ from 'lodash';
import { z } from 'zod';
import { environment } from '../../http/settings.ts';
import { code, page, table } from './page.ts';

/** The page about the environment variables. */
export function renderConfiguration(): string {
  return page(
    'Configuration',
    'The service is configured by environment variables. A value that is wrong stops the start and is named; an empty one\ncounts as absent.',
    environmentTable(environment),
  );
}

/** The environment variables that a schema reads, as a table; their meanings are the descriptions in it. */
export function environmentTable(schema: z.ZodObject): string {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([name, variable]) => {
    const { default: preset, description = '' } = variable as { default?: string | number; description?: string };
    return [code(name), _.toString(preset), description];
  });
  return table(['Variable', 'Default', 'Meaning'], rows);
}
