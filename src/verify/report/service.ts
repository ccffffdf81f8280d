import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import _ from 'lodash';

import type { Description, Destinations } from '../../contract/descriptions.ts';
import type { Destination } from '../../contract/envelope.ts';
import type { AskOutcome, Result } from '../../contract/results.ts';
import type { Answers } from '../../core/dialogue.ts';
import { converse } from '../../core/settle.ts';
import { type Expectation, type Fixture, ScriptedVendor, toExpectation } from '../fixture.ts';
import { launch } from './process.ts';

/** The result of a pair, or what its vendor must be asked. */
export type Answered = Result | Result<AskOutcome>;

/** What the report asks a revision of the service. */
export interface Service {
  /** The names of all destinations. */
  names: () => Promise<string[]>;
  /** The destination with a name or an alias. */
  describe: (name: string) => Promise<Description | undefined>;
  /** The result of a fixture's input. The fixture answers for the vendor. */
  run: (fixture: Fixture) => Promise<Expectation>;
}

/** The maximum number of calls to an overloaded service, for one answer. */
const MAX_CALLS = 20;

/**
 * A running revision. It is asked over HTTP, which stays the same between revisions while the modules inside change.
 */
export class HttpService implements Service {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #release: Promise<string> | undefined;

  /** @param token the token that the service requires, if it requires one */
  constructor(url: string, token?: string) {
    this.#url = url.replace(/\/+$/, '');
    this.#headers = {
      'Content-Type': 'application/json',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  async names(): Promise<string[]> {
    const { destinations } = await this.#read<Destinations>('/destinations');
    return destinations.map(({ name }) => name);
  }

  async describe(name: string): Promise<Description | undefined> {
    const response = await this.#fetch(`/destinations/${encodeURIComponent(name)}`);
    if (response.status !== 404) return this.#json<Description>(response);
    await discard(response);
    return undefined;
  }

  async run({ destination: name, event, config, delivery, now, answers }: Fixture): Promise<Expectation> {
    const vendor = new ScriptedVendor(answers);
    const resume = async (given: Answers) => {
      const [result] = await this.transform([event], [{ name, config, delivery }], now, given);
      return result as Answered;
    };
    const asking = (result: Answered) => (result.outcome === 'ask' ? { steps: result.asks, resume } : undefined);
    const result = await converse(await resume({}), asking, vendor.answer);
    return vendor.tell(result.outcome === 'ask' ? { fail: { code: 'DIALOGUE_NEEDED' } } : toExpectation(result));
  }

  /**
   * The results of all pairs of event and destination, with events in the outer order. Vendors aren't asked.
   * @param now the current time for destinations
   * @param answers the answers of vendors that every pair gets
   * @throws {Error} if the service can't be told the time
   */
  async transform(
    events: readonly unknown[],
    destinations: readonly Destination[],
    now: Date,
    answers: Answers = {},
  ): Promise<Answered[]> {
    const release = await (this.#release ??= this.#readRelease());
    // A resumed dialogue says when it started, and one without answers is at its start. So `now` can be set.
    const resume = events.flatMap((_event, event) =>
      destinations.map((_destination, destination) => ({ event, destination, now, release, answers })),
    );
    const wrapped = events.map((event) => ({ event }));
    const body = { events: wrapped, destinations, dialogues: 'ask', resume };
    const { results } = await this.#read<{ results: Answered[] }>('/transform', body);
    const isStale = results.some((result) => result.outcome === 'fail' && result.code === 'ANSWERS_STALE');
    if (isStale && _.isEmpty(answers)) {
      throw new Error(`${this.#url} does not tell its release in the header Transformer-Version; use a newer build`);
    }
    return results;
  }

  async #readRelease(): Promise<string> {
    const response = await this.#fetch('/health');
    await discard(response);
    const { headers } = response;
    return headers.get('transformer-version') ?? '';
  }

  async #read<T>(place: string, body?: object): Promise<T> {
    return this.#json<T>(await this.#fetch(place, body));
  }

  async #json<T>(response: Response): Promise<T> {
    if (response.ok) return (await response.json()) as T;
    throw new Error(`${response.url} answers ${String(response.status)}: ${await response.text()}`);
  }

  /** An overloaded service gets more time. */
  async #fetch(place: string, body?: object): Promise<Response> {
    const headers = this.#headers;
    const post = body && { method: 'POST', body: JSON.stringify(body) };
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(this.#url + place, { headers, ...post }).catch((error: unknown) => {
        throw new Error(`${this.#url} does not answer`, { cause: error });
      });
      if (response.status !== 503 || attempt === MAX_CALLS) return response;
      await discard(response);
      await setTimeout(1_000 * Number(response.headers.get('retry-after') ?? 1));
    }
  }
}

/** The interval and the number of attempts to reach a starting service, in milliseconds. */
const ATTEMPTS = 2_400;
const PAUSE = 50;

/** The rest of an answer that nobody reads would keep the connection, and the process with it. */
const discard = ({ body }: Response) => body?.cancel();

export interface ServiceOptions {
  /** Stops the service. */
  signal: AbortSignal;
  /** Variables of its environment. */
  env?: Record<string, string | undefined>;
}

/**
 * Serves a built folder while it is used.
 * @throws {Error} with its output, if it does not start
 */
export async function withService<T>(
  folder: string,
  { signal, env = {} }: ServiceOptions,
  use: (service: HttpService) => Promise<T>,
): Promise<T> {
  const { PATH, DESTINATIONS_PATH } = process.env;
  const { output, ended, stop } = launch(process.execPath, [path.join(folder, 'dist/src/http/server.js')], {
    env: { PATH, DESTINATIONS_PATH, PORT: '0', DRAIN_DELAY: '0', ...env },
    signal,
  });
  // A port found free here might be taken by then. So the service chooses one, and reports it.
  const greeting = /http:\/\/localhost:\d+(?=\D)/;
  try {
    for (let attempt = 0; !greeting.test(output()); attempt++) {
      const hasEnded = await Promise.race([ended.then(() => true), setTimeout(PAUSE, false)]);
      if (hasEnded || attempt === ATTEMPTS) throw new Error(`the service of ${folder} does not start:\n${output()}`);
    }
    const [url = ''] = greeting.exec(output()) ?? [];
    return await use(new HttpService(url));
  } finally {
    stop();
    await ended;
  }
}
