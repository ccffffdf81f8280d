import { z } from 'zod';
import { foldersIn } from '../loader/load.ts';

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(9090),
  BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(10_000_000),
  PIPELINE_BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(200_000_000),
  DESTINATIONS_PATH: z.string().default('').transform(foldersIn),
});

/** How the service is run. */
export interface Settings {
  port: number;
  /** The most bytes a body may have, after decompression. */
  bodyLimit: number;
  /** The same for the routes of pipelines. */
  pipelineBodyLimit: number;
  /** Folders of further destinations. */
  destinationFolders: string[];
}

/**
 * Reads the settings from environment variables; empty ones count as absent.
 * @throws {Error} naming the variable whose value is wrong
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data, error } = schema.safeParse(given);
  if (error !== undefined) {
    throw new Error(error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`).join('; '));
  }
  return {
    port: data.PORT,
    bodyLimit: data.BODY_LIMIT_BYTES,
    pipelineBodyLimit: data.PIPELINE_BODY_LIMIT_BYTES,
    destinationFolders: data.DESTINATIONS_PATH,
  };
}
