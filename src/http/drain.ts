import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { ProcessLog } from './log.ts';

/** How long clients may take to finish sending and reading, in milliseconds. */
const GRACE_MS = 8_000;

/** How long the final tasks may take, in milliseconds. */
const FINISH_MS = 2_000;

/** How long a request may still take, whatever it waits for, in milliseconds. */
const HARD_STOP_MS = 30_000;

/**
 * Where an open connection keeps its answer in progress. In a map, answers would outlive themselves, and with them the
 * bodies of their requests: the engine would collect all garbage several times a second.
 */
const ANSWER = Symbol('answer');
interface Connection extends Socket {
  [ANSWER]?: ServerResponse | undefined;
}

interface DrainOptions {
  /** How long requests are still accepted, so that balancers notice first, in milliseconds. */
  delay: number;
  log: ProcessLog;
}

/** Ends the process without losing a request. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
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
    server.on('connection', (connection) => {
      this.#connections.add(connection);
      connection.once('close', () => this.#connections.delete(connection));
    });
    server.on('request', ({ socket: connection }: { socket: Connection }, response) => {
      connection[ANSWER] = response;
      response.once('close', () => {
        // A client may have sent its next request before it had this answer.
        if (connection[ANSWER] === response) connection[ANSWER] = undefined;
      });
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
    for (const connection of this.#connections) {
      const { [ANSWER]: answer } = connection;
      const isWorking = answer?.req.complete === true && !answer.writableEnded && !answer.writableNeedDrain;
      if (isWorking) continue;
      connection.destroy();
      count++;
    }
    if (count > 0) this.#options.log.warn({ count }, 'closed connections whose clients neither finish nor read');
  }
}
