import { z } from 'zod';
import { isUrl } from '../core/hosts.ts';
import { foldersIn } from '../loader/load.ts';
import { UPSTREAM_SECONDS } from './upstream.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const bytes = z.coerce.number().int().positive();

/** Paths are appended to it, and no client would take credentials in it. */
const baseUrl = z.string().refine((text) => isUrl(text, ['http:', 'https:'], /[?#]/), {
  error: 'must be an http or https URL without credentials, query or fragment',
});

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''));

const flag = (preset: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(preset)
    .transform((value) => value === 'true');

/** What a bearer token may be made of. See https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/-]+=*$/;

/** The environment variables by which the service is run. */
export const environment = z.object({
  PORT: port.default(9090).describe('where to listen'),
  PIPELINE_PORT: port
    .optional()
    .describe('where to listen for pipelines; without it they are served on `PORT`. They send no tokens'),
  WORKERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('how many processes serve; one that dies is replaced'),
  API_TOKENS: list
    .refine((tokens) => tokens.every((token) => TOKEN.test(token)), 'must be bearer tokens, separated by commas')
    .refine((tokens) => tokens.length > 0, 'must have a token; leave it unset where everybody may call')
    .optional()
    .describe('tokens, separated by commas, of which the native API and the docs ask for one'),
  BODY_LIMIT_BYTES: bytes.default(10_000_000).describe('the most a request may have in its body, decompressed'),
  PIPELINE_BODY_LIMIT_BYTES: bytes.default(200_000_000).describe('the same for the routes of pipelines'),
  MAX_IN_FLIGHT_BYTES: bytes
    .default(400_000_000)
    .describe(
      'the most that the bodies of all requests under way may have together; what comes on top is answered 503',
    ),
  MAX_EVENT_LOOP_DELAY_MS: bytes
    .default(1_000)
    .describe('the delay of the event loop from which on requests are answered 503'),
  MAX_HEAP_PERCENT: bytes
    .max(100)
    .default(80)
    .describe(
      'how much of the memory that the process may use for objects may be in use before requests are answered 503',
    ),
  DRAIN_DELAY: z.coerce
    .number()
    .min(0)
    .max(20)
    .default(5)
    .describe('seconds for which requests are still taken after SIGTERM, while `/ready` says 503'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('what is logged; `debug` has every request and every outcome'),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl
    .optional()
    .describe('where spans are sent to, over OTLP/HTTP; the other `OTEL_` variables of OpenTelemetry are heeded too'),
  UPSTREAM_TRANSFORMER_URL: baseUrl
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('the pipeline’s own transformer, which gets what is not ours; without it, that is refused'),
  UPSTREAM_TIMEOUT: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(UPSTREAM_SECONDS)
    .describe('seconds for which its answer is waited for; more than the 600 s that RudderStack’s server waits'),
  PIPELINE_GATE: flag('false').describe(
    '`true` applies a pipeline’s integrations and consent settings, where its server has not done it',
  ),
  VENDOR_CALLS: z
    .enum(['none', 'inline'])
    .default('none')
    .describe('`inline` lets the service ask vendors that [must be asked first](dialogues.md)'),
  VENDOR_HOSTS: list.default([]).describe('host names that may be called where a configuration names the host'),
  VENDOR_GATEWAY_URL: baseUrl.optional().describe('where all calls to vendors go instead'),
  DELIVER: flag('false').describe('`true` serves `POST /deliver`, which [makes the requests](delivery.md) of results'),
  DELIVERY_CREDENTIALS: z
    .string()
    .optional()
    .describe('a JSON file of the identities at AWS and Google with which requests are made'),
  PLAYGROUND: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('whether the playground is served at `/`; without it, it is unless `NODE_ENV` is `production`'),
  PLAYGROUND_SEND: flag('false').describe(
    '`true` lets the playground [make the requests](delivery.md) that it shows, for everybody who reaches it; with `API_TOKENS`, for those who have a token',
  ),
  NODE_ENV: z
    .string()
    .transform((name) => name.toLowerCase())
    .optional()
    .describe('`production` turns off the greeting and the playground'),
  DESTINATIONS_PATH: z
    .string()
    .transform(foldersIn)
    .default([])
    .describe('folders of further destinations, separated as in `PATH`'),
});

/** How the service is run, by the names of the variables. */
export type Settings = z.output<typeof environment>;

/**
 * Reads the settings from environment variables. Blank ones count as absent, except where that would open what they guard.
 * @throws {Error} naming the variable whose value is wrong
 */
export function readSettings(variables: Record<string, string | undefined>): Settings {
  const settings = read(environment, variables);
  if (settings.DELIVER && settings.API_TOKENS === undefined) {
    throw new Error('DELIVER: requires API_TOKENS, so that only those who have a token can have requests made');
  }
  return settings;
}

/**
 * Reads what deliveries by the command line depend on.
 * @throws {Error} naming the variable whose value is wrong
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
    Object.entries(variables).filter(([name, value]) => value?.trim() !== '' || name === 'API_TOKENS'),
  );
  const { data, error } = schema.safeParse(given);
  if (error === undefined) return data;
  throw new Error(error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`).join('; '));
}

/** What an operator may not have meant, though it can be run. */
export function warningsOf({
  UPSTREAM_TRANSFORMER_URL,
  PIPELINE_PORT,
  PLAYGROUND_SEND,
  API_TOKENS,
}: Settings): string[] {
  const warnings: string[] = [];
  if (UPSTREAM_TRANSFORMER_URL !== undefined && PIPELINE_PORT === undefined) {
    warnings.push(
      'every path that is not ours is passed on without a token; set PIPELINE_PORT, and let only the pipeline reach it',
    );
  }
  if (PLAYGROUND_SEND && API_TOKENS === undefined) {
    warnings.push('everybody who reaches the playground can send requests to vendors; set API_TOKENS');
  }
  return warnings;
}
