import _ from 'lodash';

import type { WarningCode } from '../contract/codes.ts';
import type { Request } from '../contract/requests.ts';
import type { IndexedRequest } from '../core/definition.ts';
import { isPresent, type JsonObject } from '../core/json.ts';
import type { Fed } from '../core/lineage.ts';
import { MappingFailure } from '../core/outcome.ts';
import type { Warn } from '../core/warnings.ts';
import type { Emit, Fill, Read, Scope } from './scope.ts';

/** Warnings about a value that is present and not used. */
const unusable: readonly WarningCode[] = ['TRAIT_NOT_CONVERTED', 'FIELD_NOT_CONVERTED', 'TRAIT_AMBIGUOUS'];

/** Reads the same, and records its status. */
export function tracedRead(fed: Fed, read: Read): Read {
  return (scope) => {
    const { trace } = scope;
    if (trace === undefined) return read(scope);
    let status: 'absent' | 'unconverted' = 'absent';
    const warn: Warn = (code, path, message) => {
      if (unusable.includes(code)) {
        // The result of the condition was not converted, but its sources were read.
        if (fed.row.isCondition !== true) status = 'unconverted';
        trace.unsee(path);
      }
      scope.warn(code, path, message);
    };
    const start = trace.evaluations.length;
    try {
      const { value, seen } = trace.watch(() => read({ ...scope, warn }));
      trace.note(fed, value === undefined ? status : 'value', value, seen);
      return value;
    } catch (error) {
      // The surroundings of a failing place have not failed themselves.
      const isOwn = error instanceof MappingFailure && trace.evaluations.length === start;
      if (isOwn) trace.note(fed, error.outcome.code.endsWith('_MISSING') ? status : 'unconverted');
      throw error;
    }
  };
}

/** Reads the same, and records that the event has something for it. */
export function tracedSource(source: string, read: Read): Read {
  return (scope) => {
    const value = read(scope);
    if (isPresent(value)) scope.trace?.saw({ source });
    return value;
  };
}

/** Reads the same, and lets the reader record what it uses. */
export function untracedSource(read: Read): Read {
  return (scope) => read({ ...scope, trace: undefined });
}

/** Reads what goes into slots, so that reading a slot counts as reading this. */
export function readForSlots<T>(scope: Scope, slots: readonly number[], read: () => T): T {
  return scope.trace === undefined ? read() : scope.trace.hold(slots, read);
}

/** Writes the same, and records what was written. */
export function tracedFill(fed: Fed, fill: Fill): Fill {
  return (scope, object) => {
    const before = new Set(Object.keys(object));
    const read = tracedRead(fed, (inner) => {
      fill(inner, object);
      const written: JsonObject = _.omitBy(object, (_value, key) => before.has(key));
      return _.isEmpty(written) ? undefined : written;
    });
    read(scope);
  };
}

/** Emits the same, and records which requests were built from the reads. */
export function tracedEmit(fed: Fed | undefined, emit: Emit): Emit {
  return (scope, out) => {
    const { trace } = scope;
    if (trace === undefined) {
      emit(scope, out);
      return;
    }
    const start = trace.evaluations.length;
    const made: Request[] = [];
    const push = (indexed: IndexedRequest) => {
      made.push(indexed.request as Request);
      out.push(indexed);
    };
    emit(scope, { push });
    if (made.length > 0 && fed !== undefined) trace.note(fed, 'value');
    trace.made(made, start);
  };
}
