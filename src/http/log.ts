import { destination, pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** For applications that nobody listens to. */
export const silent: Log = pino({ level: 'silent' });

/** How many bytes of lines are kept for a reader that has stopped reading; what comes on top is lost, the service is not. */
const MAX_BACKLOG_BYTES = 10_000_000;

/** Writes lines of JSON to the standard output. */
export function createLog(level: Settings['LOG_LEVEL']): Logger {
  return pino({ level, base: { pid: process.pid } }, destination({ fd: 1, sync: false, maxLength: MAX_BACKLOG_BYTES }));
}
