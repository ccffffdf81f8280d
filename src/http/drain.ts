import type { Server } from 'node:http';
import type { Logger } from 'pino';

/** How long a request that is under way may still take, in milliseconds. */
const HARD_STOP_MS = 30_000;

interface DrainOptions {
  /** For how long requests are still taken, so that balancers notice first, in milliseconds. */
  delay: number;
  log: Logger;
}

/** Ends the process without losing a request. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #servers: Server[] = [];
  #finish: () => Promise<void> = () => Promise.resolve();
  #isBegun = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Names a server that is to be closed. */
  close(server: Server): void {
    this.#servers.push(server);
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
      process.exit(1);
    }, HARD_STOP_MS);
    setTimeout(() => void this.#end(exitCode), delay);
  }

  async #end(exitCode: number): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeIdleConnections();
          }),
      ),
    );
    await this.#finish();
    this.#options.log.info('stopped');
    this.#options.log.flush(() => process.exit(exitCode));
  }
}
