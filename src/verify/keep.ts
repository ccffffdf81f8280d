import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import pLimit from 'p-limit';

import type { Json, JsonObject } from '../core/json.ts';
import type { Expectation } from './fixture.ts';

/** Only the owner can read what is kept, since it has the values of real events. */
const OWN_FOLDER = 0o700;
const OWN_FILE = 0o600;

/** The maximum number of fixtures of one destination. */
const MOST_FIXTURES = 25;

/** A case from real traffic. */
export interface KeptCase {
  destination: string;
  /** The name of the fixture. A name is kept once. */
  name: string;
  event: JsonObject;
  config: JsonObject;
  delivery: JsonObject | undefined;
  now: Date;
  /** Absent if the answer can't be written as an expectation. */
  expect: Expectation | undefined;
  /** The answer of the upstream, as it was. */
  upstream: Json;
}

/**
 * Keeps cases as fixtures, in the layout of `fixtures`. The events are in `_events`, and the answers of the upstream in
 * `_upstream`. The number of fixtures is limited.
 */
export class KeptFixtures {
  readonly #folder: string;
  readonly #queue = pLimit(1);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a case, unless its name is kept or its destination has enough. Rejects if a file can't be written. */
  keep(kept: KeptCase): Promise<void> {
    return this.#queue(() => this.#write(kept));
  }

  async #write({ destination, name, event, now, expect, upstream, config, delivery }: KeptCase): Promise<void> {
    const folders = ['_events', '_upstream', destination].map((folder) => path.join(this.#folder, folder));
    for (const folder of folders) await mkdir(folder, { recursive: true, mode: OWN_FOLDER });
    const [events, answers, fixtures] = folders as [string, string, string];
    const names = await readdir(fixtures);
    if (names.includes(`${name}.json`) || names.length >= MOST_FIXTURES) return;
    const eventName = `${destination}-${name}`;
    const fixture = {
      event: eventName,
      config,
      ...(delivery && { delivery }),
      now: now.toISOString(),
      ...(expect && { expect }),
    };
    await writeOwn(path.join(events, `${eventName}.json`), event);
    await writeOwn(path.join(answers, `${eventName}.json`), upstream);
    await writeOwn(path.join(fixtures, `${name}.json`), fixture);
  }
}

async function writeOwn(file: string, content: object | Json): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: OWN_FILE });
}
