import { leftOut } from './requirements.js';

/** How long a run may go on without the end of any test, in minutes. */
const MOST_MINUTES = 15;

/**
 * Ends a run that makes no progress, since no test has a time limit of its own, and lists what was left out.
 * See https://jestjs.io/docs/configuration#reporters-arraymodulename--modulename-options
 */
export default class Reporter {
  /** @type {Set<string>} */
  #running = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  onRunStart() {
    this.#goOn();
  }

  /** @param {{ path: string }} test */
  onTestFileStart({ path }) {
    this.#running.add(path);
    this.#goOn();
  }

  onTestCaseResult() {
    this.#goOn();
  }

  /** @param {{ path: string }} test */
  onTestFileResult({ path }) {
    this.#running.delete(path);
    this.#goOn();
  }

  /** @param {Set<{ config: { displayName?: { name: string } } }>} contexts */
  onRunComplete(contexts) {
    clearTimeout(this.#timer);
    if (![...contexts].some(({ config }) => config.displayName?.name === 'system')) return;
    const lines = leftOut().map(({ file, missing }) => `Left out: ${file}, which requires ${missing.join(' and ')}`);
    if (lines.length > 0) console.log(['', ...lines].join('\n'));
  }

  #goOn() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      console.error(`No test has ended for ${String(MOST_MINUTES)} minutes in ${[...this.#running].join(', ')}`);
      process.exit(1);
    }, MOST_MINUTES * 60_000);
  }
}
