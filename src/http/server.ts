import cluster from 'node:cluster';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { loadRegistry } from '../loader/load.ts';
import { createApp } from './app.ts';
import { createListener } from './listener.ts';
import type { Settle } from '../core/result.ts';
import { VendorClient } from '../vendor/client.ts';
import { Inline } from '../vendor/inline.ts';
import { readSettings, type Settings } from './settings.ts';
import { superviseWorkers } from './workers.ts';

/** The folder that holds package.json, seen from the compiled file. */
const packageFolder = path.resolve(import.meta.dirname, '../../..');

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  if (settings.workers > 1 && cluster.isPrimary) superviseWorkers(settings.workers);
  else await serve(settings);
}

async function serve(settings: Settings): Promise<void> {
  const { port, destinationFolders } = settings;
  const { version } = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const registry = await loadRegistry(destinationFolders);

  let draining = false;
  const app = createApp({
    registry,
    version,
    ...settings,
    playgroundFolder: settings.hasPlayground ? path.join(packageFolder, 'dist/playground') : undefined,
    settle: settings.callsVendors ? settleInline(settings) : undefined,
    isReady: () => !draining,
    onError: report,
  });
  const server = createListener(app);
  server.once('error', stop);
  server.listen(port, () => {
    // Of several workers the first speaks for all.
    if ((cluster.worker?.id ?? 1) === 1)
      greet((server.address() as AddressInfo).port, registry.destinations.length, settings.hasPlayground);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      draining = true;
      server.close(() => cluster.worker?.disconnect());
      server.closeIdleConnections();
    });
  }
}

function settleInline({ vendorGatewayUrl: gatewayUrl, vendorHosts }: Settings): Settle {
  const inline = new Inline({ client: new VendorClient({ gatewayUrl }), hosts: vendorHosts });
  return (parties) => inline.settle(parties);
}

function greet(port: number, destinations: number, hasPlayground: boolean): void {
  const url = `http://localhost:${String(port)}`;
  const body = {
    event: { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme', plan: 'pro' } },
    destination: { name: 'userpilot', config: { apiKey: 'my-key' } },
  };
  const how = hasPlayground ? 'Try it there in a browser, or so' : 'Try it';
  console.log(`Group Transformer serves ${String(destinations)} destinations on ${url}. ${how}:\n`);
  console.log(`curl ${url}/transform -H 'content-type: application/json' -d '${JSON.stringify(body)}'`);
}

function report(error: unknown, context: string): void {
  console.error(context, error);
}

function stop(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  // The channel to the process that supervises would keep this one alive.
  cluster.worker?.disconnect();
}

start().catch(stop);
