const LF = 0x0a;
const CR = 0x0d;

/** A line without its end. */
export interface Line {
  /** Its number, the first being 1. */
  number: number;
  /** Absent where the line is longer than the limit. */
  bytes: Buffer | undefined;
}

/**
 * Splits bytes into lines that end with LF or CR LF, the last one with or without. Empty lines count but are left out.
 * @param limit the most bytes of a line that are kept
 * @returns the lines that end in each chunk
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Line[]> {
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
    yield lines;
  }
  yield finish();
}

/** What has come of a line so far; of one that is too long, only that it is. */
class UnfinishedLine {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > this.#limit) this.#parts = [];
    else this.#parts.push(bytes);
  }

  take(): Buffer | undefined {
    const [parts, length] = [this.#parts, this.#length];
    this.#parts = [];
    this.#length = 0;
    if (length > this.#limit) return undefined;
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
    return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  }
}
