import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProcessLog } from './log.ts';

/** How long clients may still take for what they have begun to send or to read, in milliseconds. */
const GRACE_MS = 8_000;

/** How long the last of what is to be done may take, in milliseconds. */
const FINISH_MS = 2_000;

/** How long a request may still take, whatever it waits for, in milliseconds. */
const HARD_STOP_MS = 30_000;

interface DrainOptions {
  /** For how long requests are still taken, so that balancers notice first, in milliseconds. */
  delay: number;
  log: ProcessLog;
}

/** Ends the process without losing a request. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #servers: Server[] = [];
  /** The open connections, each with what was answered last on it. */
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

  /** Names what remains to be done once no request is under way. */
  finally(finish: () => Promise<void>): void {
    this.#finish = finish;
  }

  /** Lets what is under way end, then the process. */
  begin(exitCode = 0): void {
    if (this.#isBegun) return;
    const { log, delay } = this.#options;
    this.#isBegun = true;
    log.info('drains');
    setTimeout(() => {
      log.fatal('stops with requests under way');
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
    // Whoever takes spans may be gone.
    await Promise.race([
      this.#finish().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, FINISH_MS)),
    ]);
    log.info('stopped');
    log.exit(exitCode);
  }

  /** Cuts the connections on which it is the client that is waited for. */
  #cut(): void {
    let count = 0;
    for (const [socket, response] of this.#connections) {
      const isWorking = response?.req.complete === true && !response.writableEnded && !response.writableNeedDrain;
      if (isWorking) continue;
      socket.destroy();
      count++;
    }
    if (count > 0) this.#options.log.warn({ count }, 'connections are cut, whose clients neither finish nor read');
  }
}
