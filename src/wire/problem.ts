import type { ProblemCode } from '../contract/codes.ts';

/** An error of a whole call, and not of one event. `path` is the place in the input. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly path: string | undefined;

  constructor(code: ProblemCode, detail: string, path?: string) {
    super(detail);
    this.code = code;
    this.path = path;
  }
}
