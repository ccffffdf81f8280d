import cluster from 'node:cluster';

/**
 * Keeps a number of worker processes running, which share the port. One that dies is replaced; the clients that it was
 * serving see their connection break and may repeat what they sent. A worker that ends of itself before it listens would
 * do so again, so then everything stops.
 */
export function superviseWorkers(count: number): void {
  const listening = new Set<number>();
  let stopping = false;
  const stop = () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
  };

  cluster.on('listening', ({ id, process: { pid } }) => {
    listening.add(id);
    console.log(`worker ${String(pid)} serves`);
  });
  cluster.on('exit', ({ id, process: { pid } }, code, signal: string | null) => {
    if (stopping) return;
    if (listening.delete(id) || signal !== null) {
      console.error(`worker ${String(pid)} ended (${signal ?? String(code)}) and is replaced`);
      cluster.fork();
    } else {
      process.exitCode = 1;
      stop();
    }
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  for (let started = 0; started < count; started++) cluster.fork();
}
