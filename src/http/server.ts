import cluster from 'node:cluster';
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import _ from 'lodash';
import { collectDefaultMetrics } from 'prom-client';

import type { Registry } from '../core/registry.ts';
import type { VendorCalls } from '../core/settle.ts';
import type { Deliverer } from '../deliver/delivery.ts';
import { loadRegistry, unknownName } from '../loader/load.ts';
import { loadPolicies } from '../loader/policies.ts';
import { createApp, type Served } from './app.ts';
import { Capture } from './capture.ts';
import { Drain } from './drain.ts';
import { createListener } from './listener.ts';
import { Load } from './load.ts';
import { createLog, type ProcessLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { readRelease } from './release.ts';
import { readSettings, type Settings, warningsOf } from './settings.ts';
import { startTracing } from './tracing.ts';
import { exposeAll, onOrderToDrain, superviseWorkers } from './workers.ts';

/** The folder of package.json, relative to the compiled file. */
const packageFolder = path.resolve(import.meta.dirname, '../../..');

/** The service's own code, compiled or not. */
const codeFolders = [path.join(import.meta.dirname, '..'), path.join(import.meta.dirname, '../../destinations')];

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const log = createLog(settings.LOG_LEVEL);
  if (cluster.isPrimary) for (const warning of warningsOf(settings)) log.warn(warning);
  if (settings.WORKERS > 1 && cluster.isPrimary) superviseWorkers(settings.WORKERS, log);
  else await serve(settings, log);
}

async function serve(settings: Settings, log: ProcessLog): Promise<void> {
  const drain = new Drain({ delay: settings.DRAIN_DELAY * 1_000, log });
  drainWhenTold(drain, log);
  const version = await readVersion();
  const tracing = await startTracing(settings, version);
  const registry = await loadRegistry(settings.DESTINATIONS_PATH);
  const { UPSTREAM_DESTINATIONS, UPSTREAM_MODE, SHADOW_PATH } = settings;
  refuseUnknown(UPSTREAM_DESTINATIONS, registry);
  await prepareFolder(SHADOW_PATH);
  const [release, policies] = await Promise.all([
    readRelease(version, [...codeFolders, ...settings.DESTINATIONS_PATH]),
    loadPolicies(settings.POLICIES),
  ]);
  const calls = await createCalls(settings);
  const deliverer = await createDeliverer(settings, registry);
  const isProduction = settings.NODE_ENV === 'production';
  const hasPlayground = settings.PLAYGROUND ?? !isProduction;
  const load = createLoad(settings, log);
  const metrics = new Metrics({ registry, version, load });
  collectDefaultMetrics({ register: metrics.registry });
  const expose = exposeAll(metrics);
  const capture = await openCapture(settings, log, metrics);
  drain.finally(async () => {
    await Promise.all([tracing.stop(), capture?.flush()]);
  });

  const listen = async (serves: Served, port: number): Promise<number> => {
    const app = createApp({
      registry,
      version,
      release,
      serves,
      limits: { bodyBytes: settings.BODY_LIMIT_BYTES, pipelineBodyBytes: settings.PIPELINE_BODY_LIMIT_BYTES },
      pipeline: {
        isGated: settings.PIPELINE_GATE,
        upstreamUrl: settings.UPSTREAM_TRANSFORMER_URL,
        upstreamTimeout: settings.UPSTREAM_TIMEOUT * 1_000,
        upstreamDestinations: UPSTREAM_DESTINATIONS,
        shadow: UPSTREAM_MODE === 'shadow' ? { folder: SHADOW_PATH } : undefined,
      },
      policies,
      calls,
      deliverer: settings.DELIVER ? deliverer : undefined,
      tokens: settings.API_TOKENS,
      playgroundFolder: hasPlayground ? path.join(packageFolder, 'dist/playground') : undefined,
      playgroundDeliverer: settings.PLAYGROUND_SEND ? deliverer : undefined,
      // Several processes would each see a part of what arrives.
      isLive: settings.WORKERS === 1,
      telemetry: {
        metrics,
        expose,
        log,
        trace: tracing.handler,
        onError: (error, context) => {
          log.error({ err: error, context }, 'the service failed');
        },
      },
      capture,
      load,
      isReady: () => !drain.isBegun,
    });
    const server = createListener(app);
    drain.close(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, () => {
        resolve((server.address() as AddressInfo).port);
      });
    });
  };
  const { PORT, PIPELINE_PORT } = settings;
  const port = await listen(PIPELINE_PORT === undefined ? 'all' : 'native', PORT);
  const pipelinePort = PIPELINE_PORT === undefined ? port : await listen('pipeline', PIPELINE_PORT);

  load.watch();
  // Of several workers, the first one reports for all.
  if ((cluster.worker?.id ?? 1) !== 1) return;
  for (const key of Object.keys(policies).filter((name) => registry.get(name) === undefined)) {
    log.warn(`POLICIES: no destination is named "${key}", so its policy holds for destinations with this id only`);
  }
  const url = `http://localhost:${String(port)}`;
  const destinations = registry.destinations.length;
  log.info({ port, pipelinePort, destinations }, `listening on ${url}`);
  if (!isProduction) greet(url, destinations, hasPlayground);
}

/** Set up before anything else, since an early signal would be lost. */
function drainWhenTold(drain: Drain, log: ProcessLog): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A worker may get the signal of its group and the order of its supervisor. To stop at once, signal the
      // supervisor twice.
      if (drain.isBegun && cluster.isPrimary) log.exit(1);
      else drain.begin();
    });
  }
  onOrderToDrain(() => {
    drain.begin();
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the process failed');
    drain.begin(1);
  });
}

/** @throws {Error} with the first name that no destination has */
function refuseUnknown(names: readonly string[], registry: Registry): void {
  const unknown = names.find((name) => registry.get(name) === undefined);
  if (unknown === undefined) return;
  throw new Error(`UPSTREAM_DESTINATIONS: ${unknownName(unknown, _.map(registry.destinations, 'name'))}`);
}

/**
 * Creates the folder for what a shadow keeps, readable by its owner alone.
 * @throws {Error} if it can't be created or written
 */
async function prepareFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`SHADOW_PATH: ${folder}: the folder cannot be written; name one that the service can write`, {
      cause: error,
    });
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(path.join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function createLoad(settings: Settings, log: ProcessLog): Load {
  const limits = {
    inFlightBytes: settings.MAX_IN_FLIGHT_BYTES,
    eventLoopDelay: settings.MAX_EVENT_LOOP_DELAY_MS,
    heapPercent: settings.MAX_HEAP_PERCENT,
  };
  return new Load(limits, {
    onChange: (reason) => {
      if (reason === undefined) log.info('accepting requests again');
      else log.warn({ reason }, 'shedding requests');
    },
  });
}

async function openCapture(settings: Settings, log: ProcessLog, metrics: Metrics): Promise<Capture | undefined> {
  const { CAPTURE_PATH: file, CAPTURE_SAMPLE: sample, CAPTURE_BYTES: bytes } = settings;
  return file === undefined ? undefined : Capture.open({ file, sample, bytes, log, metrics });
}

/** Calls vendors. If the service doesn't, its client isn't even loaded. */
async function createCalls(settings: Settings): Promise<VendorCalls | undefined> {
  if (settings.VENDOR_CALLS !== 'inline') return undefined;
  const { VendorClient } = await import('../vendor/client.ts');
  return new VendorClient({ gatewayUrl: settings.VENDOR_GATEWAY_URL, hosts: settings.VENDOR_HOSTS });
}

/** The time limit of one request of a delivery, in milliseconds. The drain waits for it. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** Loads the code for deliveries only if they are turned on. */
async function createDeliverer(settings: Settings, registry: Registry): Promise<Deliverer | undefined> {
  if (!settings.DELIVER && !settings.PLAYGROUND_SEND) return undefined;
  const { delivererFor } = await import('../deliver/settings.ts');
  return delivererFor(registry, settings, DELIVERY_TIMEOUT_MS);
}

function greet(url: string, destinations: number, hasPlayground: boolean): void {
  const body = {
    event: { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme', plan: 'pro' } },
    destination: { name: 'userpilot', config: { apiKey: 'my-key' } },
  };
  const how = hasPlayground ? 'Try it in a browser, or run' : 'Try it';
  console.log(`Group Transformer serves ${String(destinations)} destinations on ${url}. ${how}:\n`);
  console.log(`curl ${url}/transform -H 'content-type: application/json' -d '${JSON.stringify(body)}'`);
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  // The channel to the supervisor would keep this process alive, as would open listeners.
  process.exit(1);
});
