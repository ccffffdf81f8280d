import type { ProblemCode } from '../contract/codes.ts';

/** An error of a whole call, as opposed to one event's failure. `path` names the place in what was given. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly path: string | undefined;

  constructor(code: ProblemCode, detail: string, path?: string) {
    super(detail);
    this.code = code;
    this.path = path;
  }
}
