import { destination, pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** For applications that nobody listens to. */
export const silent: Log = pino({ level: 'silent' });

/** How many bytes of lines are kept for a reader that has stopped reading; what comes on top is lost, the service is not. */
const MAX_BACKLOG_BYTES = 10_000_000;

/** How long a process that ends waits for its last lines to be read, in milliseconds. */
const LAST_LINES_MS = 1_000;

/** The log of a process. */
export interface ProcessLog extends Log {
  /** Ends the process, and does not depend on whether somebody reads the last lines. */
  exit: (code: number) => void;
}

/** Writes lines of JSON to the standard output, as far as it takes them. */
export function createLog(level: Settings['LOG_LEVEL']): ProcessLog {
  const output = destination({ fd: 1, sync: false, maxLength: MAX_BACKLOG_BYTES });
  // Lines that cannot be written, to a full disk for one, are tried again with the next one.
  output.on('error', () => undefined);
  // Only what it calls: given all of the output, it would write a last line at once, and wait for the reader.
  const log = pino(
    { level, base: { pid: process.pid }, formatters: { level: (name) => ({ level: name }) } },
    { write: (line) => output.write(line) },
  );
  const exit = (code: number) => {
    const end = () => {
      // What is left would be written by an exit handler otherwise, which waits too.
      output.destroy();
      process.exit(code);
    };
    setTimeout(end, LAST_LINES_MS);
    output.once('close', end).end();
  };
  return Object.assign(log, { exit });
}
