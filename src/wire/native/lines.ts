import { Gathered } from '../gathered.ts';

const LF = 0x0a;
const CR = 0x0d;

/** A line without its end. */
export interface Line {
  /** Its number, starting at 1. */
  number: number;
  /** Absent if the line is longer than the limit. */
  bytes: Buffer | undefined;
}

/** The result of one chunk. */
interface Progress {
  /** The lines that end in the chunk. */
  lines: Line[];
  /** The number of lines that have ended so far, including empty ones. */
  ended: number;
  /** The number of bytes kept of the unfinished line. */
  keptBytes: number;
}

/**
 * Splits bytes into lines that end with LF or CR LF; the last one may have no end. Empty lines are counted and skipped.
 * @param limit the maximum number of bytes kept of a line
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Progress> {
  const unfinished = new UnfinishedLine(limit);
  let number = 0;
  const finish = (): Line[] => {
    number++;
    const bytes = unfinished.take();
    return bytes?.length === 0 ? [] : [{ number, bytes }];
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      unfinished.add(chunk.subarray(start, end));
      lines.push(...finish());
      start = end + 1;
    }
    unfinished.add(chunk.subarray(start));
    yield { lines, ended: number, keptBytes: unfinished.keptBytes };
  }
  yield { lines: finish(), ended: number, keptBytes: 0 };
}

/** The unfinished line so far. If it is too long, its bytes are not kept. */
class UnfinishedLine {
  readonly #limit: number;
  #kept = new Gathered();
  #isTooLong = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get keptBytes(): number {
    return this.#kept.length;
  }

  add(bytes: Buffer): void {
    if (this.#kept.length + bytes.length > this.#limit) {
      this.#isTooLong = true;
      this.#kept = new Gathered();
    }
    if (!this.#isTooLong && bytes.length > 0) this.#kept.add(bytes);
  }

  take(): Buffer | undefined {
    const bytes = this.#isTooLong ? undefined : this.#kept.concat();
    this.#kept = new Gathered();
    this.#isTooLong = false;
    return bytes?.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  }
}
