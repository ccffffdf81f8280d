import { createReadStream } from 'node:fs';

import _ from 'lodash';

import type { Fail } from '../contract/results.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { fail } from '../core/outcome.ts';
import { readItem } from '../wire/native/envelope.ts';
import { type Line, readLines } from '../wire/native/lines.ts';
import type { IncomingEvent } from '../wire/native/pairs.ts';
import { readSdkBatch } from '../wire/native/sdk-batch.ts';
import { parseUtf8 } from '../wire/parse.ts';
import { Problem } from '../wire/problem.ts';
import { diagnoseJson } from '../wire/syntax.ts';
import { unreadableFile, UsageError } from './usage.ts';

/** The maximum size of a line, in bytes. */
const LINE_LIMIT = 10_000_000;

/** Where an event comes from: its file, unless it is standard input, and its line, unless it is part of a document. */
export interface Origin {
  file?: string;
  line?: number;
}

/** The file and the line of an event, as far as they are known. */
export const placesOf = ({ file, line }: Origin): string[] => _.compact([file, line && `line ${String(line)}`]);

/** An event, or why it could not be read. */
export type Read = { origin: Origin } & ({ incoming: IncomingEvent } | { unreadable: Fail });

/**
 * Reads events from files, or from standard input if there are none: JSON lines, or one JSON document that is an event
 * or a list of events. An event may also be `{ "sdkBatch" }` with the body of an SDK's call. Lines are read lazily, a
 * document at once.
 * @param onBytes called with the number of bytes of each chunk read from a file
 * @returns the events that end in each chunk
 * @throws {UsageError} if a file cannot be read, or a document is not JSON
 */
export async function* readEvents(
  files: readonly string[],
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<Read[]> {
  if (files.length === 0) yield* readSource(process.stdin, {});
  for (const file of files) yield* readSource(counted(readable(file), onBytes), { file });
}

async function* readable(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadableFile(file, error);
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

async function* readSource(chunks: AsyncIterable<Buffer>, origin: Origin): AsyncGenerator<Read[]> {
  const rest = chunks[Symbol.asyncIterator]();
  const head = await readHead(rest);
  const all = prepend(head, rest);
  if (beginsDocument(head)) yield await readDocument(all, origin);
  else for await (const { lines } of readLines(all, LINE_LIMIT)) yield lines.flatMap((line) => readLine(line, origin));
}

/** Read until there is enough to tell lines from a document. */
async function readHead(chunks: AsyncIterator<Buffer, unknown>): Promise<Buffer> {
  const head: Buffer[] = [];
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return Buffer.concat(head);
    head.push(next.value);
    if (next.value.toString().trimStart().length > 1) return Buffer.concat(head);
  }
}

/** Whether the text starts a list, or an object that continues on the next line. */
function beginsDocument(head: Buffer): boolean {
  return /^(\[|\{\s*[\r\n])/.test(head.toString().trimStart());
}

async function* prepend(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

async function readDocument(chunks: AsyncIterable<Buffer>, origin: Origin): Promise<Read[]> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  const document = parseDocument(bytes, origin);
  const events = Array.isArray(document) ? document : [document];
  return events.flatMap((item) => readItems(item, bytes.length, origin));
}

/** The events of an item: the item itself, or those of an SDK's body, `{ "sdkBatch" }`. */
function readItems(item: Json, byteLength: number, origin: Origin): Read[] {
  const isBody = isJsonObject(item) && Object.keys(item).join() === 'sdkBatch';
  if (!isBody) return [{ origin, incoming: readItem(item, byteLength) }];
  try {
    return readSdkBatch(item.sdkBatch, byteLength).map((incoming) => ({ origin, incoming }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [{ origin, unreadable: fail('LINE_INVALID', error.message, error.path) }];
  }
}

function parseDocument(bytes: Buffer, { file = 'standard input' }: Origin): Json {
  try {
    return parseUtf8(bytes).value;
  } catch (error) {
    throw new UsageError(`${file}: ${diagnoseJson(bytes, 'the document').message}`, { cause: error });
  }
}

function readLine({ number, bytes }: Line, { file }: Origin): Read[] {
  const origin: Origin = file === undefined ? { line: number } : { file, line: number };
  const unreadable = (message: string): Read[] => [{ origin, unreadable: fail('LINE_INVALID', message) }];
  if (bytes === undefined) return unreadable(`the line is larger than ${String(LINE_LIMIT)} bytes`);
  try {
    return readItems(parseUtf8(bytes).value, bytes.length, origin);
  } catch {
    return unreadable(diagnoseJson(bytes, 'the line').message);
  }
}
