import { destination, type Logger, pino } from 'pino';

import type { Settings } from './settings.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** For applications without an operator. */
export const silent: Log = pino({ level: 'silent' });

/**
 * How many bytes of lines are kept for a reader that has stopped. Beyond that, lines are lost, and the service goes on.
 */
const MAX_BACKLOG_BYTES = 10_000_000;

/** How long a process that ends waits until its last lines are read, in milliseconds. */
const LAST_LINES_MS = 1_000;

/** The log of a process. */
export interface ProcessLog extends Log {
  /** Ends the process, whether or not somebody reads the last lines. */
  exit: (code: number) => void;
}

/** Writes JSON lines to standard output, as far as it accepts them. */
export function createLog(level: Settings['LOG_LEVEL']): ProcessLog {
  const output = destination({ fd: 1, sync: false, maxLength: MAX_BACKLOG_BYTES });
  // Lines that cannot be written, for example to a full disk, are retried with the next one.
  output.on('error', () => undefined);
  // Only the methods it calls: with the whole stream, it would write a last line synchronously, and wait for the
  // reader.
  const log = pino(
    { level, base: { pid: process.pid }, formatters: { level: (name) => ({ level: name }) } },
    { write: (line) => output.write(line) },
  );
  const exit = (code: number) => {
    const end = () => {
      // An exit handler would otherwise write the rest, and wait too.
      output.destroy();
      process.exit(code);
    };
    setTimeout(end, LAST_LINES_MS);
    output.once('close', end).end();
  };
  return Object.assign(log, { exit });
}
