/** How long a command may be silent, and how often it speaks after that, in milliseconds. */
const PATIENCE = 1_000;
const INTERVAL = 200;

/** How many characters wide the bar is. */
const WIDTH = 24;

const CLEAR_LINE = '\r\u001b[K';

/** A line that tells how far a long command is, where somebody watches. */
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

  /**
   * @param events how many there have been so far
   * @param share how much of all that is, from 0 to 1, where that is known
   */
  show(events: number, share?: number): void {
    const now = this.#clock();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    const rate = Math.round(events / ((now - this.#start) / 1_000));
    const bar = share === undefined ? '' : `${barOf(share)} `;
    this.#screen.write(
      `${CLEAR_LINE}${bar}${events.toLocaleString('en')} events, ${rate.toLocaleString('en')} per second`,
    );
  }

  /** Leaves the screen, at the end or for what is written to it in between. */
  end(): void {
    if (this.#next > this.#start + PATIENCE) this.#screen.write(CLEAR_LINE);
  }
}

function barOf(share: number): string {
  const filled = Math.floor(share * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent}%`;
}
