import _ from 'lodash';
import { z } from 'zod';

import { environment } from '../../http/settings.ts';
import { code, page, table } from './page.ts';

/** The page of environment variables. */
export function renderConfiguration(): string {
  return page(
    'Configuration',
    'Environment variables configure the service. The service doesn’t start with an invalid value, and says which variable is wrong. An empty\nvalue counts as absent.',
    environmentTable(environment),
  );
}

/** A table of the environment variables in a schema. Their meanings are the schema's descriptions. */
export function environmentTable(schema: z.ZodObject): string {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([name, variable]) => {
    const { default: preset, description = '' } = variable as { default?: string | number; description?: string };
    return [code(name), _.toString(preset), description];
  });
  return table(['Variable', 'Default', 'Meaning'], rows);
}
