import type { DropCode, FailCode } from '../contract/codes.ts';
import type { Drop, Fail } from '../contract/results.ts';

export function drop(code: DropCode, message: string): Drop {
  return { outcome: 'drop', code, message };
}

export function fail(code: FailCode, message: string, path?: string): Fail {
  return path === undefined ? { outcome: 'fail', code, message } : { outcome: 'fail', code, path, message };
}

/** Thrown while one event is mapped: the pair's outcome is this failure. */
export class MappingFailure extends Error {
  readonly outcome: Fail;

  constructor(code: FailCode, message: string, path?: string, vendor?: Fail['vendor']) {
    // Nobody reads the stack, and recording it takes longer than mapping an event.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.outcome = vendor === undefined ? fail(code, message, path) : { ...fail(code, message, path), vendor };
  }
}

/** Thrown while a config is bound: the config cannot be used. `path` starts with `config`. */
export class ConfigError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
