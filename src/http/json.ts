import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Response } from 'express';
import _ from 'lodash';

import type { Window, Windows } from '../core/turns.ts';
import { headersOf, writeGathered } from './headers.ts';

/** How many elements of a list are serialized at once: V8 keeps long texts in memory that must be mapped for each. */
const PIECE = 20;

/** The number of texts to join into one. */
const FEW = 4;

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * How many characters are written at once: a shorter answer is written whole, and a longer one in parts of this size.
 */
const WHOLE_LENGTH = 500_000;
const CHUNK_LENGTH = 65_536;

/** How long the client of a long answer may stop reading, in milliseconds. */
const STALL_TIMEOUT_MS = 30_000;

/**
 * Answers with JSON. Express's own `json` also makes an entity tag and negotiates. No client of these routes requires
 * that, and it costs more than a small transformation.
 */
export function sendJson(response: Response, status: number, body: unknown, contentType = 'application/json'): void {
  sendWhole(response, status, JSON.stringify(body), `${contentType}; charset=utf-8`);
}

/** A list in the text of an answer. */
export interface List<T = unknown> {
  /** The text before its elements, including its bracket. */
  opening: string;
  windows: Windows<T>;
  toText(elements: readonly T[]): string;
}

/**
 * Answers with lists whose elements are made while the answer is written, no faster than the client reads it. A short
 * answer is written at once, and without a promise, which would cost more than to make it. Ends early if the client
 * does.
 * @param closing the text after the last list
 */
export function sendLists(response: Response, lists: readonly List[], closing: string): Promise<void> | undefined {
  const text = shortText(lists, closing);
  if (text !== undefined) {
    sendWhole(response, 200, text, JSON_TYPE);
    return undefined;
  }
  const waits = writeLists(new Texts(response), lists, closing);
  const first = waits.next();
  return first.done === true ? undefined : waitForAll(first.value, waits);
}

/**
 * The text of an answer with one list whose elements are few and already made; undefined for others. What those need
 * would take longer than mapping an event.
 */
function shortText([list, ...others]: readonly List[], closing: string): string | undefined {
  if (list === undefined || others.length > 0 || !Array.isArray(list.windows)) return undefined;
  const [elements, ...more] = list.windows as readonly Window<unknown>[];
  if (!Array.isArray(elements) || elements.length > PIECE || more.length > 0) return undefined;
  return list.opening + list.toText(elements).slice(1, -1) + closing;
}

async function waitForAll(first: Promise<unknown>, others: Iterable<Promise<unknown>>): Promise<void> {
  await first;
  for (const wait of others) await wait;
}

/** Writes lists. @returns what must be waited for, one after the other */
function* writeLists(texts: Texts, lists: readonly List[], closing: string): Generator<Promise<unknown>, void> {
  for (const { opening, windows, ...list } of lists) {
    texts.add(opening);
    let isFirst = true;
    for (const window of windows) {
      const elements = window instanceof Promise ? yield* settled(window) : window;
      for (let at = 0; at < elements.length; at += PIECE) {
        if (!isFirst) texts.add(',');
        isFirst = false;
        // Without its brackets.
        texts.add(list.toText(elements.slice(at, at + PIECE)).slice(1, -1));
        if (texts.isFull) yield texts.write();
        if (texts.isAbandoned) return;
      }
    }
  }
  texts.add(closing);
  texts.end();
}

/** The value of a promise, once it has been waited for. */
function* settled<T>(promise: Promise<T>): Generator<Promise<unknown>, T> {
  let value!: T;
  yield promise.then((result) => {
    value = result;
  });
  return value;
}

/** The part of an answer that has not been written. */
class Texts {
  readonly #response: Response;
  #texts: string[] = [];
  #length = 0;

  constructor(response: Response) {
    this.#response = response;
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#length += text.length;
  }

  /** Whether there is enough text to write. */
  get isFull(): boolean {
    return this.#length > (this.#response.headersSent ? CHUNK_LENGTH : WHOLE_LENGTH);
  }

  /** Whether the client is gone. */
  get isAbandoned(): boolean {
    return this.#response.destroyed;
  }

  /** Writes the text, and waits until the client can take more. */
  async write(): Promise<void> {
    const response = this.#response;
    if (!response.headersSent) {
      headersOf(response)['Content-Type'] = JSON_TYPE;
      writeGathered(response, 200);
    }
    const isTaken = response.write(toContent(this.#texts));
    this.#texts = [];
    this.#length = 0;
    if (!isTaken) await drained(response);
    // A fast client would otherwise keep other requests waiting.
    await nextTurn();
  }

  end(): void {
    if (this.#response.headersSent) this.#response.end(toContent(this.#texts));
    else sendWhole(this.#response, 200, toContent(this.#texts), JSON_TYPE);
  }
}

function sendWhole(response: Response, status: number, content: string | Buffer, type: string): void {
  const headers = headersOf(response);
  headers['Content-Type'] = type;
  headers['Content-Length'] = Buffer.byteLength(content);
  writeGathered(response, status);
  // Text is written together with the headers, at once.
  response.end(content);
}

/** Joins several texts, as text if they are few. */
function toContent(texts: readonly string[]): string | Buffer {
  if (texts.length <= FEW) return texts.join('');
  const bytes = Buffer.allocUnsafe(_.sumBy(texts, (text) => Buffer.byteLength(text)));
  let end = 0;
  for (const text of texts) end += bytes.write(text, end);
  return bytes;
}

/** Waits until a client has read the written text, or is gone. A client that stops reading for long is disconnected. */
async function drained(response: Response): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => response.destroy(), STALL_TIMEOUT_MS);
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
