import { Gathered } from '../gathered.ts';

const LF = 0x0a;
const CR = 0x0d;

/** A line without its end. */
export interface Line {
  /** Its number, the first being 1. */
  number: number;
  /** Absent where the line is longer than the limit. */
  bytes: Buffer | undefined;
}

/** What a chunk has brought. */
interface Progress {
  /** The lines that end in the chunk. */
  lines: Line[];
  /** How many lines have ended so far, empty ones too. */
  ended: number;
  /** How many bytes are kept of the line that has not ended. */
  keptBytes: number;
}

/**
 * Splits bytes into lines that end with LF or CR LF, the last one with or without. Empty lines count but are left out.
 * @param limit the most bytes of a line that are kept
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

/** What has come of a line so far; of one that is too long, only that it is. */
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
