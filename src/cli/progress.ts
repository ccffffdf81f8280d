import { stat } from 'node:fs/promises';

import _ from 'lodash';

/** How long a command may stay silent, and the interval of its reports after that, in milliseconds. */
const PATIENCE = 1_000;
const INTERVAL = 200;

/** The width of the bar, in characters. */
const WIDTH = 24;

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

  /**
   * @param events the number of events so far
   * @param share the fraction that is done, from 0 to 1, if known
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

  /** Clears the progress line, at the end or before other output. */
  end(): void {
    if (this.#next > this.#start + PATIENCE) this.#screen.write(CLEAR_LINE);
  }
}

function barOf(share: number): string {
  const filled = Math.floor(share * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent}%`;
}

/** The progress line if there is one, and the size of the input in bytes if it is known. */
export interface Watched {
  progress?: Progress;
  bytes?: number;
}

/** Watches the reading of files, or of standard input, if standard error is a terminal. */
export async function watch(files: readonly string[]): Promise<Watched> {
  if (!process.stderr.isTTY) return {};
  const progress = new Progress(process.stderr);
  if (files.length === 0) return { progress };
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return { progress, bytes: _.sum(sizes) };
}
