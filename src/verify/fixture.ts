import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { apply } from 'json-merge-patch';
import _ from 'lodash';
import diff from 'microdiff';
import { z } from 'zod';

import { type Answer, answer } from '../contract/dialogue.ts';
import { type Request, request } from '../contract/requests.ts';
import { drop, fail, type Result, warning } from '../contract/results.ts';
import { json } from '../contract/values.ts';
import type { Answers } from '../core/dialogue.ts';
import { readEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { askingOf, converse } from '../core/settle.ts';
import type { Transformer } from '../core/transform.ts';
import { refuseToAsk, toResults } from '../wire/native/results.ts';
import { diagnoseJson } from '../wire/syntax.ts';

const warnings = z.array(warning.pick({ code: true, path: true })).exactOptional();

/** The result of one event: the requests in full, or the code and the path. Messages are left out. */
const expectation = z.union([
  z.strictObject({ send: z.array(request).min(1), warnings }),
  z.strictObject({ drop: drop.pick({ code: true }), warnings }),
  z.strictObject({ fail: fail.pick({ code: true, path: true }), warnings }),
]);

/** A question to a vendor, and its answer. The answer is absent if a fixture has none. */
const exchange = z.strictObject({ ask: request, answer: answer.exactOptional() });

const fixtureFile = z.strictObject({
  event: z.string(),
  patch: z.record(z.string(), json).exactOptional(),
  config: z.record(z.string(), json).default({}),
  delivery: z.record(z.string(), json).exactOptional(),
  now: z.iso.datetime().default('2026-01-02T03:04:05.678Z'),
  /** The question is absent in a fixture that has not been run with `--update` yet. */
  dialogue: z.array(exchange.extend({ ask: request.exactOptional() })).exactOptional(),
  expect: expectation.exactOptional(),
});

export type Exchange = z.output<typeof exchange>;
export type Expectation = z.output<typeof expectation> & { dialogue?: Exchange[] };

/** One fixture of a destination: an event, a config and the expected result. */
export interface Fixture {
  destination: string;
  /** The file's name without its extension. */
  name: string;
  file: string;
  /** The shared event with the fixture's patch applied. */
  event: JsonObject;
  config: JsonObject;
  /** What comes with each call for the destination, if anything does. */
  delivery: JsonObject | undefined;
  now: Date;
  /** The vendor's answers, in the order of asking. */
  answers: readonly Answer[];
  /** Absent in a fixture that has not been run with `--update` yet. */
  expected: Expectation | undefined;
  /** The parsed file, for rewriting it. */
  source: JsonObject;
}

/**
 * Reads the fixtures of a folder.
 * @param folder holds `_events/*.json` and a folder per destination
 * @throws {Error} with the invalid file
 */
export async function loadFixtures(folder: string): Promise<Fixture[]> {
  const events = await readFolder(path.join(folder, '_events'));
  const base = new Map(events.map(({ name, content }) => [name, content]));
  const destinations = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name)
    .sort();
  const files = await Promise.all(
    destinations.map(async (destination) => {
      const contents = await readFolder(path.join(folder, destination));
      return contents.map(({ name, file, content }) => readFixture(destination, name, file, content, base));
    }),
  );
  return files.flat();
}

interface JsonFile {
  name: string;
  file: string;
  content: JsonObject;
}

async function readFolder(folder: string): Promise<JsonFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      return { name: path.basename(name, '.json'), file, content: parse(file, await readFile(file, 'utf8')) };
    }),
  );
}

function parse(file: string, text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new Error(diagnoseJson(Buffer.from(text), file).message, { cause: error });
  }
}

function readFixture(
  destination: string,
  name: string,
  file: string,
  source: JsonObject,
  events: ReadonlyMap<string, JsonObject>,
): Fixture {
  const { data, error } = fixtureFile.safeParse(source);
  if (error !== undefined) throw new Error(`${file}: ${z.prettifyError(error)}`);
  const event = events.get(data.event);
  if (event === undefined) throw new Error(`${file}: there is no event "${data.event}" in _events`);
  return {
    destination,
    name,
    file,
    event: apply(_.cloneDeep(event), data.patch ?? {}),
    config: data.config,
    delivery: data.delivery,
    now: new Date(data.now),
    answers: (data.dialogue ?? []).flatMap((turn) => turn.answer ?? []),
    expected: data.expect && { ...data.expect, ...(data.dialogue && { dialogue: data.dialogue.filter(isAsked) }) },
    source,
  };
}

const isAsked = (turn: Partial<Exchange>): turn is Exchange => turn.ask !== undefined;

/** Runs a fixture through the core. The fixture answers for the vendor. */
export async function runFixture(transformer: Transformer, fixture: Fixture): Promise<Expectation> {
  const { destination, event, config, delivery, now } = fixture;
  const target = { id: destination, name: destination, config, delivery, enabled: true };
  const vendor = new ScriptedVendor(fixture.answers);
  const begun = transformer.bind(target).map(readEvent(event), { now });
  const mapping = await converse(begun, askingOf, vendor.answer);
  const [result] = toResults([{ event: 0, destination: 0, destinationId: destination, now, mapping }], refuseToAsk) as [
    Result,
  ];
  return vendor.tell(toExpectation(result));
}

/** A vendor that gives the fixture's answers, in the order of asking. */
export class ScriptedVendor {
  readonly #remaining: Answer[];
  readonly #exchanges: Exchange[] = [];

  constructor(answers: readonly Answer[]) {
    this.#remaining = [...answers];
  }

  /** Answers steps. A step without an answer is recorded, so that one can be added, and ends the dialogue. */
  readonly answer = (steps: readonly { key: string; request: Request }[]): Answers | undefined => {
    const given = steps.flatMap(({ key, request }) => {
      const answer = this.#remaining.shift();
      this.#exchanges.push(answer === undefined ? { ask: request } : { ask: request, answer });
      return answer === undefined ? [] : [[key, answer] as const];
    });
    return given.length === steps.length ? Object.fromEntries(given) : undefined;
  };

  /** The result of an event, and what the vendor was asked. */
  tell(outcome: Expectation): Expectation {
    return this.#exchanges.length > 0 ? { ...outcome, dialogue: this.#exchanges } : outcome;
  }
}

/** The part of a result that a fixture records. */
export function toExpectation(result: Result): Expectation {
  const warnings = result.warnings && { warnings: result.warnings.map((warning) => _.pick(warning, ['code', 'path'])) };
  switch (result.outcome) {
    case 'send':
      return { send: result.requests, ...warnings };
    case 'drop':
      return { drop: _.pick(result, ['code']), ...warnings };
    case 'fail':
      return { fail: _.pick(result, ['code', 'path']), ...warnings };
  }
}

/** A place at which two expectations differ, with both JSON texts. A text is absent if there is no value. */
export interface Change {
  path: string;
  before?: string;
  after?: string;
}

/** The differences between two values, such as expectations; empty if they are equal. */
export function changesBetween(before: object | undefined, after: object): Change[] {
  const [from, to] = [before ?? {}, after].map((side) => JSON.parse(JSON.stringify(side)) as JsonObject);
  return diff(from ?? {}, to ?? {}).map((change) => ({
    path: change.path.map(toStep).join('').replace(/^\./, ''),
    ...(change.type !== 'CREATE' && { before: JSON.stringify(change.oldValue) }),
    ...(change.type !== 'REMOVE' && { after: JSON.stringify(change.value) }),
  }));
}

/** Keys come from events, and may be any text. */
const toStep = (step: string | number) =>
  typeof step === 'string' && /^[\w$-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;

/** The differences between two expectations, one line per path; empty if they are equal. */
export function differences(expected: Expectation | undefined, actual: Expectation): string[] {
  return changesBetween(expected, actual).map(toLine);
}

/** `- path: before`, `+ path: after` or `~ path: before → after`. */
export function toLine({ path, before, after }: Change): string {
  if (before === undefined) return `+ ${path}: ${after ?? ''}`;
  return after === undefined ? `- ${path}: ${before}` : `~ ${path}: ${before} → ${after}`;
}
