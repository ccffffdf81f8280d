import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Description, Destinations } from '../../contract/descriptions.ts';
import type { AskOutcome, Result } from '../../contract/results.ts';
import type { Answers } from '../../core/dialogue.ts';
import { converse } from '../../core/settle.ts';
import { ScriptedVendor, toExpectation, type Expectation, type Fixture } from '../fixture.ts';
import { launch } from './process.ts';

/** What is asked of a revision of the service. */
export interface Service {
  /** The names of all destinations. */
  names: () => Promise<string[]>;
  /** The destination that is known under a name or an alias. */
  describe: (name: string) => Promise<Description | undefined>;
  /** What comes of a fixture's input, its vendor answering as the fixture says. */
  run: (fixture: Fixture) => Promise<Expectation>;
}

/**
 * A revision that is served somewhere. It is asked over HTTP since that is what does not change between revisions,
 * where the modules inside do.
 */
export class HttpService implements Service {
  readonly #url: string;
  #release: string | undefined;

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  async names(): Promise<string[]> {
    const { destinations } = await this.#read<Destinations>('/destinations');
    return destinations.map(({ name }) => name);
  }

  async describe(name: string): Promise<Description | undefined> {
    const response = await this.#fetch(`/destinations/${encodeURIComponent(name)}`);
    return response.status === 404 ? undefined : this.#json<Description>(response);
  }

  async run({ destination: name, event, config, delivery, now, answers }: Fixture): Promise<Expectation> {
    this.#release ??= (await this.#fetch('/destinations')).headers.get('transformer-version') ?? '';
    const release = this.#release;
    const vendor = new ScriptedVendor(answers);
    const resume = async (given: Answers): Promise<Result | Result<AskOutcome>> => {
      // A dialogue that goes on says when it began, and one without answers is at its beginning: so `now` can be given.
      const { results } = await this.#read<{ results: [Result | Result<AskOutcome>] }>('/transform', {
        event,
        destination: { name, config, delivery },
        dialogues: 'ask',
        resume: [{ event: 0, destination: 0, now, release, answers: given }],
      });
      return results[0];
    };
    const asking = (result: Result | Result<AskOutcome>) =>
      result.outcome === 'ask' ? { steps: result.asks, resume } : undefined;
    const result = await converse(await resume({}), asking, vendor.answer);
    return vendor.tell(result.outcome === 'ask' ? { fail: { code: 'DIALOGUE_NEEDED' } } : toExpectation(result));
  }

  async #read<T>(place: string, body?: object): Promise<T> {
    return this.#json<T>(await this.#fetch(place, body));
  }

  async #json<T>(response: Response): Promise<T> {
    if (response.ok) return (await response.json()) as T;
    throw new Error(`${response.url} answers ${String(response.status)}: ${await response.text()}`);
  }

  async #fetch(place: string, body?: object): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    const post = body && { method: 'POST', headers, body: JSON.stringify(body) };
    return fetch(this.#url + place, post).catch((error: unknown) => {
      throw new Error(`${this.#url} does not answer`, { cause: error });
    });
  }
}

/** How often it is looked whether a service is there, and for how long it is waited in between, in milliseconds. */
const ATTEMPTS = 2_400;
const PAUSE = 50;

/**
 * Serves what is built in a folder for as long as it is used.
 * @param signal stops it
 * @throws {Error} with what it has written, when it does not start
 */
export async function withService<T>(
  folder: string,
  signal: AbortSignal,
  use: (service: HttpService) => Promise<T>,
): Promise<T> {
  const { PATH, DESTINATIONS_PATH } = process.env;
  const { output, ended, stop } = launch(process.execPath, [path.join(folder, 'dist/src/http/server.js')], {
    env: { PATH, DESTINATIONS_PATH, PORT: '0', DRAIN_DELAY: '0' },
    signal,
  });
  // A port that is looked for here might be taken by the time the service gets it; it says which it has got.
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
