import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import _ from 'lodash';
import { LRUCache } from 'lru-cache';

import { GroupEvent, readEvent } from '../core/event.ts';
import { isJsonObject } from '../core/json.ts';
import type { Governed } from '../core/policies.ts';
import type { Policy } from '../core/policy.ts';
import type { Log } from './log.ts';

/** How many bytes wait for the disk at most. Beyond that, events are dropped. */
const MAX_WAITING_BYTES = 5_000_000;

/** How long a line waits for others to be written with it, in milliseconds. */
const FLUSH_MS = 1_000;

/** How many lines are remembered, since a pipeline sends an event once for each of its destinations. */
const REMEMBERED = 10_000;

/** The file is readable by its owner alone, since events are about people. */
const MODE = 0o600;

/** Captures an event, unless it is left out. @param targets the destinations of the event in this call */
export type TakeEvent = (payload: unknown, targets: readonly Governed[]) => void;

/** What became of an event of the sample. */
export type Captured = 'written' | 'dropped';

export interface CaptureOptions {
  file: string;
  /** The share of events to write, from 0 to 1. */
  sample: number;
  /** The maximum size of the file, in bytes. */
  bytes: number;
  log: Log;
  metrics: { captured: (result: Captured, count: number) => void };
}

/**
 * Writes a sample of group events to a file, as JSON lines. A request never waits for it and never fails because of it.
 * Several processes may write to one file: each line is part of one write, at the end of the file.
 */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #recent = new LRUCache<string, true>({ max: REMEMBERED });
  #lines: Buffer[] = [];
  /** The size of the lines that are not written yet. */
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** Why nothing is written, as it was last reported. */
  #trouble: string | undefined;

  private constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** @throws {Error} if the file cannot be written */
  static async open(options: CaptureOptions): Promise<Capture> {
    const { file } = options;
    await appending(file, () => Promise.resolve()).catch((error: unknown) => {
      throw new Error(`CAPTURE_PATH: ${file}: the file cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    });
    return new Capture(options);
  }

  /**
   * Takes an event if it is in the sample. The same event always is, or never.
   * @param policiesOf the policies of all of its destinations. What one of them withholds is not written
   */
  take(payload: unknown, policiesOf: () => readonly Policy[]): void {
    if (!isJsonObject(payload)) return;
    const { messageId } = payload;
    const hasId = typeof messageId === 'string' && messageId !== '';
    if (hasId && !this.#isChosen(messageId)) return;
    const event = readEvent(payload);
    if (!(event instanceof GroupEvent)) return;
    if (!hasId && !this.#isChosen(JSON.stringify(payload))) return;
    this.#add(JSON.stringify(event.without(policiesOf())));
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return (this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    }));
  }

  #isChosen(key: string): boolean {
    return parseInt(hash('sha256', key).slice(0, 8), 16) < this.#options.sample * 2 ** 32;
  }

  #add(text: string): void {
    const digest = hash('sha256', text);
    if (this.#recent.has(digest)) return;
    this.#recent.set(digest, true);
    const line = Buffer.from(`${text}\n`);
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.#options.metrics.captured('dropped', 1);
      return;
    }
    this.#lines.push(line);
    this.#waitingBytes += line.length;
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  async #writeAll(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      let written = 0;
      try {
        written = await appending(this.#options.file, (handle, size) => this.#write(lines, handle, size));
        this.#report(written < lines.length ? 'the file has its maximum size' : undefined);
      } catch (error) {
        this.#report((error as Error).message);
      }
      this.#waitingBytes -= _.sumBy(lines, 'length');
      const { metrics } = this.#options;
      metrics.captured('written', written);
      metrics.captured('dropped', lines.length - written);
    }
  }

  /** Writes as many lines as the file may still take, at once. @returns their number */
  async #write(lines: readonly Buffer[], handle: FileHandle, size: number): Promise<number> {
    let room = this.#options.bytes - size;
    const fitting = lines.filter(({ length }) => (room -= length) >= 0);
    const bytes = Buffer.concat(fitting);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw new Error('the disk is full');
    return fitting.length;
  }

  /** Tells the operator once, and again after it has worked. */
  #report(trouble: string | undefined): void {
    const { file, log } = this.#options;
    if (trouble !== undefined && trouble !== this.#trouble) log.warn({ file }, `events are not captured: ${trouble}`);
    this.#trouble = trouble;
  }
}

/** Opens the file each time, so that it can be moved away while the service runs. A pipe would keep a thread waiting. */
async function appending<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error('it is not a file');
    await handle.chmod(MODE);
    return await use(handle, stats.size);
  } finally {
    await handle.close();
  }
}
