import { z } from 'zod';

import { isUrl } from '../core/hosts.ts';
import { foldersIn } from '../loader/load.ts';
import { UPSTREAM_SECONDS } from './upstream.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const bytes = z.coerce.number().int().positive();

/** Paths are appended to it, and clients would ignore credentials in it. */
const baseUrl = z.string().refine((text) => isUrl(text, ['http:', 'https:'], /[?#]/), {
  error: 'must be an http or https URL without credentials, query or fragment',
});

/** Texts, separated by commas or blanks. */
export const list = z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''));

const flag = (preset: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(preset)
    .transform((value) => value === 'true');

/** The characters of a bearer token. See https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/-]+=*$/;

/** The service's environment variables. */
export const environment = z.object({
  PORT: port.default(9090).describe('The port to listen on'),
  PIPELINE_PORT: port
    .optional()
    .describe('The port of the pipeline routes, which require no token. Without it, they are served on `PORT`'),
  WORKERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('The number of processes. One that dies is replaced'),
  API_TOKENS: list
    .refine((tokens) => tokens.every((token) => TOKEN.test(token)), 'must be bearer tokens, separated by commas')
    .refine((tokens) => tokens.length > 0, 'must have a token; leave it unset to let everybody call')
    .optional()
    .describe('Tokens, separated by commas. The native API and the docs require one of them'),
  BODY_LIMIT_BYTES: bytes.default(10_000_000).describe('The maximum size of a request’s body, decompressed'),
  PIPELINE_BODY_LIMIT_BYTES: bytes.default(200_000_000).describe('The same for the pipeline routes'),
  MAX_IN_FLIGHT_BYTES: bytes
    .default(400_000_000)
    .describe('The maximum size of all bodies in progress together. Beyond it, requests get a 503'),
  MAX_EVENT_LOOP_DELAY_MS: bytes.default(1_000).describe('The delay of the event loop above which requests get a 503'),
  MAX_HEAP_PERCENT: bytes.max(100).default(80).describe('The share of the heap in use above which requests get a 503'),
  DRAIN_DELAY: z.coerce
    .number()
    .min(0)
    .max(20)
    .default(5)
    .describe('How many seconds after SIGTERM requests are still accepted, while `/ready` answers 503'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The log level. `debug` logs every request and every outcome'),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl
    .optional()
    .describe('The OTLP/HTTP endpoint for spans. The other `OTEL_` variables of OpenTelemetry also work'),
  UPSTREAM_TRANSFORMER_URL: baseUrl
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'The pipeline’s own transformer, which gets everything but group events. Without it, other events are refused',
    ),
  UPSTREAM_TIMEOUT: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(UPSTREAM_SECONDS)
    .describe('The time limit of its answers, in seconds. Longer than the 600 s that RudderStack’s server waits'),
  UPSTREAM_MODE: z
    .enum(['split', 'shadow'])
    .default('split')
    .describe('`shadow` lets the upstream answer group events too, and only [compares its answers](migrating.md)'),
  UPSTREAM_DESTINATIONS: list
    .default([])
    .describe('Destinations, separated by commas, whose group events the upstream still answers'),
  SHADOW_PATH: z
    .string()
    .optional()
    .describe(
      'A folder that keeps events that the upstream answers differently, [with their real values](migrating.md#keep-the-events)',
    ),
  PIPELINE_GATE: flag('false').describe(
    '`true` applies a pipeline’s integrations and consent settings, if its server does not',
  ),
  VENDOR_CALLS: z
    .enum(['none', 'inline'])
    .default('none')
    .describe('`inline` lets the service call vendors that [must be asked first](dialogues.md)'),
  VENDOR_HOSTS: list.default([]).describe('Hosts, separated by commas, that may be called if a config sets the host'),
  VENDOR_GATEWAY_URL: baseUrl.optional().describe('A gateway for all calls to vendors'),
  DELIVER: flag('false').describe(
    '`true` serves `POST /deliver`, which [sends requests to vendors](delivery.md). Requires `API_TOKENS`',
  ),
  DELIVERY_CREDENTIALS: z
    .string()
    .optional()
    .describe('A JSON file with your [identities at AWS and Google](delivery.md#credentials), for deliveries'),
  PLAYGROUND: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('Whether to serve the playground at `/`. By default, it is served unless `NODE_ENV` is `production`'),
  PLAYGROUND_SEND: flag('false').describe(
    '`true` lets the playground [send requests to vendors](delivery.md#in-the-playground). Without `API_TOKENS`, everybody who can reach it can send',
  ),
  NODE_ENV: z
    .string()
    .transform((name) => name.toLowerCase())
    .optional()
    .describe('`production` turns off the greeting and the playground'),
  POLICIES: z
    .string()
    .trim()
    .min(1, 'must name a file; leave it unset to have no policies')
    .optional()
    .describe(
      'A JSON file with [policies](policies.md) by the names or ids of destinations, which hold for every caller',
    ),
  CAPTURE_PATH: z
    .string()
    .trim()
    .optional()
    .describe('A file for a [sample of the group events](upgrades.md#your-own-events). Without it, none are captured'),
  CAPTURE_SAMPLE: z.coerce.number().min(0).max(1).default(0.01).describe('The share of events to capture, from 0 to 1'),
  CAPTURE_BYTES: bytes.default(100_000_000).describe('The size at which the file gets no more events'),
  DESTINATIONS_PATH: z
    .string()
    .transform(foldersIn)
    .default([])
    .describe('Folders with more destinations, separated as in `PATH`'),
});

/** The settings of the service, by the names of the variables. */
export type Settings = z.output<typeof environment>;

/** Variables that restrict what the service does. */
const guards = ['API_TOKENS', 'POLICIES'];

/**
 * Reads the settings from environment variables. Blank ones count as absent, unless that would remove a guard.
 * @throws {Error} with the invalid variable
 */
export function readSettings(variables: Record<string, string | undefined>): Settings {
  const settings = read(environment, variables);
  const fault = faultsOf(settings).find(([isFault]) => isFault);
  if (fault !== undefined) throw new Error(fault[1]);
  return settings;
}

/** Variables that don't go together, or have no effect without another one. */
function faultsOf(settings: Settings): [isFault: boolean, message: string][] {
  const { DELIVER, API_TOKENS, UPSTREAM_TRANSFORMER_URL, UPSTREAM_MODE, UPSTREAM_DESTINATIONS, SHADOW_PATH } = settings;
  const isShadow = UPSTREAM_MODE === 'shadow';
  const hasUpstream = UPSTREAM_TRANSFORMER_URL !== undefined;
  const isShared = UPSTREAM_DESTINATIONS.length > 0;
  return [
    [
      DELIVER && API_TOKENS === undefined,
      'DELIVER: requires API_TOKENS, so that only clients with a token can send requests to vendors',
    ],
    [
      isShadow && !hasUpstream,
      'UPSTREAM_MODE: shadow requires UPSTREAM_TRANSFORMER_URL; set it to the transformer’s URL',
    ],
    [
      SHADOW_PATH !== undefined && !isShadow,
      'SHADOW_PATH: requires UPSTREAM_MODE=shadow; set it, or unset SHADOW_PATH',
    ],
    [
      isShared && !hasUpstream,
      'UPSTREAM_DESTINATIONS: requires UPSTREAM_TRANSFORMER_URL; set it to the transformer’s URL',
    ],
    [isShared && isShadow, 'UPSTREAM_DESTINATIONS: has no effect with UPSTREAM_MODE=shadow; unset one of them'],
  ];
}

/**
 * Reads the settings for deliveries by the command line.
 * @throws {Error} with the invalid variable
 */
export function readDeliverySettings(variables: Record<string, string | undefined>) {
  return read(
    environment.pick({ VENDOR_HOSTS: true, VENDOR_GATEWAY_URL: true, DELIVERY_CREDENTIALS: true }),
    variables,
  );
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  variables: Record<string, string | undefined>,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([name, value]) => value?.trim() !== '' || guards.includes(name)),
  );
  const { data, error } = schema.safeParse(given);
  if (error === undefined) return data;
  throw new Error(error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`).join('; '));
}

/** Settings that are valid, but that an operator may not have intended. */
export function warningsOf(settings: Settings): string[] {
  const { UPSTREAM_TRANSFORMER_URL, PIPELINE_PORT, PLAYGROUND_SEND, API_TOKENS } = settings;
  const warnings: string[] = [];
  if (UPSTREAM_TRANSFORMER_URL !== undefined && PIPELINE_PORT === undefined) {
    warnings.push(
      'other paths are passed on to the upstream without a token; set PIPELINE_PORT, and let only the pipeline reach it',
    );
  }
  if (PLAYGROUND_SEND && API_TOKENS === undefined) {
    warnings.push('everybody who can reach the playground can send requests to vendors; set API_TOKENS');
  }
  return warnings;
}
