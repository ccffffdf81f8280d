import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';

import { AggregatorRegistry } from 'prom-client';

import type { ProcessLog } from './log.ts';
import { type Metrics, shared } from './metrics.ts';

/** The metrics of one process. */
type Report = Awaited<ReturnType<Metrics['registry']['getMetricsAsJSON']>>;

/**
 * The messages between processes. The supervisor gives orders. A worker requests everybody's metrics, for which the
 * supervisor asks each worker.
 */
type Message =
  { order: 'drain' } | { expose: number } | { exposed: number; text: string } | { report: true } | { reported: Report };

/** How long the supervisor waits for a worker's report. A busy worker counts with its last report. */
const REPORT_MS = 1_000;

/** The running workers. */
const workers = () =>
  Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker?.isDead() === false);

/**
 * Keeps a number of worker processes running, which share the ports. One that dies is replaced. Its clients see their
 * connection break, and may retry. A worker that ends on its own before it listens would do so again, so then
 * everything stops.
 */
export function superviseWorkers(count: number, log: ProcessLog): void {
  const listening = new Set<number>();
  let stopping = false;
  let exitCode = 0;
  const stop = () => {
    if (stopping) {
      exitCode = 1;
      for (const { process: child } of workers()) child.kill('SIGKILL');
      return;
    }
    stopping = true;
    for (const worker of workers()) worker.send({ order: 'drain' } satisfies Message);
  };

  cluster.on('listening', ({ id, process: { pid } }) => {
    listening.add(id);
    log.info({ worker: pid }, 'worker serves');
  });
  cluster.on('exit', ({ id, process: { pid } }, code, signal: string | null) => {
    if (!stopping && (listening.delete(id) || signal !== null)) {
      log.error({ worker: pid, signal, code }, 'worker ended; starting another');
      cluster.fork();
      return;
    }
    if (!stopping) {
      exitCode = 1;
      stop();
    }
    if (workers().length === 0) log.exit(exitCode);
  });
  exposeToWorkers();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  for (let started = 0; started < count; started++) cluster.fork();
}

/** Calls back when the supervisor orders this worker to end. */
export function onOrderToDrain(drain: () => void): void {
  process.on('message', (message: Message) => {
    if ('order' in message) drain();
  });
}

function exposeToWorkers(): void {
  const reports = new Map<number, Report>();
  const arrivals = new EventEmitter();
  const report = (worker: Worker) => {
    worker.send({ report: true } satisfies Message);
    return once(arrivals, String(worker.id), { signal: AbortSignal.timeout(REPORT_MS) });
  };
  const expose = shared(async () => {
    await Promise.allSettled(workers().map(report));
    return AggregatorRegistry.aggregate([...reports.values()]).metrics();
  });
  cluster.on('exit', ({ id }) => reports.delete(id));
  cluster.on('message', (worker, message: Message) => {
    if ('reported' in message) {
      reports.set(worker.id, message.reported);
      arrivals.emit(String(worker.id));
    } else if ('expose' in message) {
      const { expose: exposed } = message;
      void expose().then((text) => worker.isConnected() && worker.send({ exposed, text } satisfies Message));
    }
  });
}

/** The metrics in Prometheus's format. A worker reports for all workers. */
export function exposeAll({ registry }: Metrics): () => Promise<string> {
  if (cluster.isPrimary) return () => registry.metrics();
  const answers = new Map<number, (text: string) => void>();
  process.on('message', (message: Message) => {
    if ('report' in message) {
      void registry.getMetricsAsJSON().then((reported) => process.send?.({ reported } satisfies Message));
    } else if ('exposed' in message) {
      answers.get(message.exposed)?.(message.text);
      answers.delete(message.exposed);
    }
  });
  let asked = 0;
  return () =>
    new Promise((resolve) => {
      const expose = asked++;
      answers.set(expose, resolve);
      process.send?.({ expose } satisfies Message);
    });
}
