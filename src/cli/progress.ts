/** How long a command may stay silent, and the interval of its reports after that, in milliseconds. */
const PATIENCE = 1_000;
const INTERVAL = 200;

const CLEAR_LINE = '\r\u001b[K';

/** A progress line, for somebody at a terminal. */
export class Progress {
  readonly #screen: Pick<NodeJS.WriteStream, 'write'>;
  readonly #clock: () => number;
  readonly #start: number;
  #next: number;

  /** @param clock in milliseconds */
  constructor(screen: Pick<NodeJS.WriteStream, 'write'>, clock: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#clock = clock;
    this.#start = clock();
    this.#next = this.#start + PATIENCE;
  }

  /** @param events the number of events so far */
  show(events: number): void {
    const now = this.#clock();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    const rate = Math.round(events / ((now - this.#start) / 1_000));
    this.#screen.write(`${CLEAR_LINE}${events.toLocaleString('en')} events, ${rate.toLocaleString('en')} per second`);
  }

  end(): void {
    if (this.#next > this.#start + PATIENCE) this.#screen.write(CLEAR_LINE);
  }
}
