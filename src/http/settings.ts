import { z } from 'zod';
import { isUrl } from '../core/hosts.ts';
import { foldersIn } from '../loader/load.ts';

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(9090),
  WORKERS: z.coerce.number().int().min(1).max(256).default(1),
  BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(10_000_000),
  PIPELINE_BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(200_000_000),
  PIPELINE_GATE: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  UPSTREAM_TRANSFORMER_URL: z
    .string()
    .refine(isBaseUrl, 'must be an http or https URL without credentials, query or fragment')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  VENDOR_CALLS: z.enum(['none', 'inline']).default('none'),
  VENDOR_GATEWAY_URL: z
    .string()
    .refine(isBaseUrl, 'must be an http or https URL without credentials, query or fragment')
    .optional(),
  VENDOR_HOSTS: z
    .string()
    .default('')
    .transform((list) => list.split(/[\s,]+/).filter((name) => name !== '')),
  PLAYGROUND: z.enum(['true', 'false']).optional(),
  NODE_ENV: z.string().optional(),
  DESTINATIONS_PATH: z.string().default('').transform(foldersIn),
});

/** Paths are appended to it, and no client would take credentials in it. */
function isBaseUrl(text: string): boolean {
  return isUrl(text, ['http:', 'https:'], /[?#]/);
}

/** How the service is run. */
export interface Settings {
  port: number;
  /** How many processes serve. */
  workers: number;
  /** The most bytes a body may have, after decompression. */
  bodyLimit: number;
  /** The same for the routes of pipelines. */
  pipelineBodyLimit: number;
  /** Whether a pipeline's events are held to their integrations and to consent here. */
  isPipelineGated: boolean;
  /** The transformer that gets what is not ours, without a slash at its end. */
  upstreamUrl: string | undefined;
  /** Whether the service itself asks the vendors that must be asked first. */
  callsVendors: boolean;
  /** Where calls to vendors go instead. */
  vendorGatewayUrl: string | undefined;
  /** Names of hosts, `*` being one label, that may be called beside those of the definitions. */
  vendorHosts: string[];
  /** Whether the page for trying things out is served. */
  hasPlayground: boolean;
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
    workers: data.WORKERS,
    bodyLimit: data.BODY_LIMIT_BYTES,
    pipelineBodyLimit: data.PIPELINE_BODY_LIMIT_BYTES,
    isPipelineGated: data.PIPELINE_GATE,
    upstreamUrl: data.UPSTREAM_TRANSFORMER_URL,
    callsVendors: data.VENDOR_CALLS === 'inline',
    vendorGatewayUrl: data.VENDOR_GATEWAY_URL,
    vendorHosts: data.VENDOR_HOSTS,
    hasPlayground: data.PLAYGROUND === undefined ? data.NODE_ENV !== 'production' : data.PLAYGROUND === 'true',
    destinationFolders: data.DESTINATIONS_PATH,
  };
}
