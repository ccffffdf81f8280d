import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { tryParseJson } from '../core/json.ts';
import { UsageError } from './usage.ts';

/** The most bytes that an entry may have; ids of destinations are bounded. */
const ENTRY_LIMIT = 10_000;

const entry = z.strictObject({
  /** Position of the event in the input. */
  event: z.int().nonnegative(),
  destination: z.string(),
  /** How many of the requests have been accepted. */
  next: z.int().positive(),
  /** Tells that the event is still the same. */
  digest: z.string(),
});

type Entry = z.output<typeof entry>;

/** What has been delivered, in a file that outlives the process: a line for each request that was accepted. */
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
   * Opens a journal, or begins one.
   * @throws {UsageError} where the file is something else
   */
  static async open(name: string): Promise<Journal> {
    const { known, length } = existsSync(name) ? await read(name) : { known: new Map<string, Entry>(), length: 0 };
    const file = openSync(name, 'a');
    // A line that was not written to its end says nothing.
    ftruncateSync(file, length);
    return new Journal(name, file, known);
  }

  /**
   * How many requests of a result were accepted before.
   * @throws {Error} where it was another event that stood there
   */
  nextOf(event: number, destination: string, payload: unknown): number {
    const found = this.#known.get(keyOf(event, destination));
    if (found === undefined) return 0;
    if (found.digest === digestOf(payload)) return found.next;
    throw new Error(
      `${this.#name}: event ${String(event)} of the input is not the one that was delivered; resume with the same events`,
    );
  }

  /** Writes down that a request was accepted, at once: the process may end at any time. */
  write(event: number, destination: string, payload: unknown, next: number): void {
    const written: Entry = { event, destination, next, digest: digestOf(payload) };
    writeSync(this.#file, `${JSON.stringify(written)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** What a journal says, and how many bytes of it are whole lines. */
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
  // The beginning of an entry, or a file that is none at all.
  if (rest.length > 0 && length === 0 && !rest.toString().startsWith('{"event":')) {
    throw new UsageError(`${name}: is not a journal of deliveries`);
  }
  return { known, length };
}

const keyOf = (event: number, destination: string) => `${String(event)} ${destination}`;

const digestOf = (payload: unknown) => createHash('sha256').update(JSON.stringify(payload)).digest('hex').slice(0, 16);
