import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';

import { z } from 'zod';

import { tryParseJson } from '../core/json.ts';
import { UsageError } from './usage.ts';

/** The maximum size of an entry, in bytes. Ids of destinations are bounded. */
const ENTRY_LIMIT = 10_000;

const entry = z.strictObject({
  /** Position of the event in the input. */
  event: z.int().nonnegative(),
  destination: z.string(),
  /** The number of accepted requests. */
  next: z.int().positive(),
  /** A hash of the event, to detect another event at this position. */
  digest: z.string(),
});

type Entry = z.output<typeof entry>;

/** A file with one line for each accepted request. It outlives the process. */
export class Journal {
  readonly #name: string;
  readonly #file: number;
  readonly #known: ReadonlyMap<string, Entry>;

  private constructor(name: string, file: number, known: ReadonlyMap<string, Entry>) {
    this.#name = name;
    this.#file = file;
    this.#known = known;
  }

  /**
   * Opens a journal, or creates one.
   * @throws {UsageError} if the file is not a journal
   */
  static async open(name: string): Promise<Journal> {
    const { known, length } = existsSync(name) ? await read(name) : { known: new Map<string, Entry>(), length: 0 };
    const file = openSync(name, 'a');
    // The last run may have ended in the middle of a line.
    ftruncateSync(file, length);
    return new Journal(name, file, known);
  }

  /**
   * The number of requests of a result that were accepted before.
   * @throws {Error} if the journal has another event at this position
   */
  nextOf(event: number, destination: string, payload: unknown): number {
    const found = this.#known.get(keyOf(event, destination));
    if (found === undefined) return 0;
    if (found.digest === digestOf(payload)) return found.next;
    throw new Error(
      `${this.#name}: event ${String(event)} of the input is not the event that was delivered before; resume with the same events`,
    );
  }

  /** Records that a request was accepted, at once: the process may end at any time. */
  write(event: number, destination: string, payload: unknown, next: number): void {
    const written: Entry = { event, destination, next, digest: digestOf(payload) };
    writeSync(this.#file, `${JSON.stringify(written)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The entries of a journal, and the size of its complete lines in bytes. */
async function read(name: string): Promise<{ known: Map<string, Entry>; length: number }> {
  const known = new Map<string, Entry>();
  let length = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(name) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    for (const line of bytes.toString('utf8', 0, end).split('\n').slice(0, -1)) {
      const { data } = entry.safeParse(tryParseJson(line));
      if (data === undefined) throw new UsageError(`${name}: is not a journal of deliveries`);
      known.set(keyOf(data.event, data.destination), data);
    }
    length += end;
    rest = bytes.subarray(end);
    if (rest.length > ENTRY_LIMIT) throw new UsageError(`${name}: is not a journal of deliveries`);
  }
  // An incomplete first entry, or another file.
  if (rest.length > 0 && length === 0 && !rest.toString().startsWith('{"event":')) {
    throw new UsageError(`${name}: is not a journal of deliveries`);
  }
  return { known, length };
}

const keyOf = (event: number, destination: string) => `${String(event)} ${destination}`;

const digestOf = (payload: unknown) => createHash('sha256').update(JSON.stringify(payload)).digest('hex').slice(0, 16);
