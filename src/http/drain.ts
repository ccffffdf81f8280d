import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { ProcessLog } from './log.ts';

/** How long clients may take to finish sending and reading, in milliseconds. */
const GRACE_MS = 8_000;

/** How long the final tasks may take, in milliseconds. */
const FINISH_MS = 2_000;

/** How long a request may still take, whatever it waits for, in milliseconds. */
const HARD_STOP_MS = 30_000;

interface DrainOptions {
  /** How long requests are still accepted, so that balancers notice first, in milliseconds. */
  delay: number;
  log: ProcessLog;
}

/** Ends the process without losing a request. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #servers: Server[] = [];
  /** The open connections, each with its last answer. */
  readonly #connections = new Map<Socket, ServerResponse | undefined>();
  #finish: () => Promise<void> = () => Promise.resolve();
  #isBegun = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Adds a server to close. Call this before the server listens. */
  close(server: Server): void {
    this.#servers.push(server);
    server.on('connection', (socket) => {
      this.#connections.set(socket, undefined);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#connections.set(socket, response);
    });
  }

  /** Adds a task for when no request is in progress. */
  finally(finish: () => Promise<void>): void {
    this.#finish = finish;
  }

  /** Finishes the requests in progress, then ends the process. */
  begin(exitCode = 0): void {
    if (this.#isBegun) return;
    const { log, delay } = this.#options;
    this.#isBegun = true;
    log.info('drains');
    setTimeout(() => {
      log.fatal('stops with requests in progress');
      log.exit(1);
    }, HARD_STOP_MS);
    setTimeout(() => void this.#end(exitCode), delay);
  }

  async #end(exitCode: number): Promise<void> {
    const { log } = this.#options;
    const closed = this.#servers.map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeIdleConnections();
        }),
    );
    const cutting = setInterval(() => {
      this.#cut();
    }, GRACE_MS);
    await Promise.all(closed);
    clearInterval(cutting);
    // The receiver of spans may be gone.
    await Promise.race([
      this.#finish().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, FINISH_MS)),
    ]);
    log.info('stopped');
    log.exit(exitCode);
  }

  /** Closes the connections that wait for their client. */
  #cut(): void {
    let count = 0;
    for (const [socket, response] of this.#connections) {
      const isWorking = response?.req.complete === true && !response.writableEnded && !response.writableNeedDrain;
      if (isWorking) continue;
      socket.destroy();
      count++;
    }
    if (count > 0) this.#options.log.warn({ count }, 'closed connections whose clients neither finish nor read');
  }
}
