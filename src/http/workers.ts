import cluster from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What the processes tell each other: the supervisor orders; a worker asks for what all of them have counted. */
type Message = { order: 'drain' } | { expose: number } | { exposed: number; text?: string };

/**
 * Keeps a number of worker processes running, which share the ports. One that dies is replaced; the clients that it was
 * serving see their connection break and may repeat what they sent. A worker that ends of itself before it listens would
 * do so again, so then everything stops.
 */
export function superviseWorkers(count: number, log: Log): void {
  const listening = new Set<number>();
  const workers = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  let stopping = false;
  const stop = () => {
    if (stopping) {
      for (const { process: child } of workers()) child.kill('SIGKILL');
      process.exit(1);
    }
    stopping = true;
    for (const worker of workers()) worker.send({ order: 'drain' } satisfies Message);
  };

  cluster.on('listening', ({ id, process: { pid } }) => {
    listening.add(id);
    log.info({ worker: pid }, 'worker serves');
  });
  cluster.on('exit', ({ id, process: { pid } }, code, signal: string | null) => {
    if (stopping) return;
    if (listening.delete(id) || signal !== null) {
      log.error({ worker: pid, signal, code }, 'worker ended and is replaced');
      cluster.fork();
    } else {
      process.exitCode = 1;
      stop();
    }
  });
  exposeToWorkers();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  for (let started = 0; started < count; started++) cluster.fork();
}

/** Calls back when the supervisor wants this worker to end. */
export function onOrderToDrain(drain: () => void): void {
  process.on('message', (message: Message) => {
    if ('order' in message) drain();
  });
}

function exposeToWorkers(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker, message: Message) => {
    if (!('expose' in message)) return;
    const { expose: exposed } = message;
    all
      .clusterMetrics()
      .then((text) => worker.send({ exposed, text } satisfies Message))
      .catch(() => worker.send({ exposed } satisfies Message));
  });
}

/** What has been counted, in the format of Prometheus; a worker tells it for all workers. */
export function exposeAll({ registry }: Metrics): () => Promise<string> {
  if (cluster.isPrimary) return () => registry.metrics();
  AggregatorRegistry.setRegistries([registry]);
  // This makes it listen to the supervisor.
  new AggregatorRegistry();
  let asked = 0;
  return () =>
    new Promise((resolve, reject) => {
      const expose = asked++;
      const take = (message: Message) => {
        if (!('exposed' in message) || message.exposed !== expose) return;
        process.off('message', take);
        if (message.text === undefined) reject(new Error('a worker did not tell what it has counted'));
        else resolve(message.text);
      };
      process.on('message', take);
      process.send?.({ expose } satisfies Message);
    });
}
