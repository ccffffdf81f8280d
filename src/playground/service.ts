import type { ProblemCode } from '../contract/codes.ts';
import type { Delivery } from '../contract/delivery.ts';
import type { Description, Descriptions, Destinations, Summary } from '../contract/descriptions.ts';
import type { Answer, Ask } from '../contract/dialogue.ts';
import type { Destination, Envelope, Resume } from '../contract/envelope.ts';
import type { Arrivals } from '../contract/live.ts';
import type { Results } from '../contract/results.ts';
import type { Problem } from '../contract/service.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** A destination of a call to `/transform`. */
export interface Target extends Omit<Destination, 'policy'> {
  id: string;
  config: JsonObject;
  delivery?: JsonObject;
  /** As it was typed. */
  policy?: Json;
}

/** An answer given to a vendor's stead, and what it answers. */
export interface Exchange {
  ask: Ask;
  answer: Answer;
}

/** A destination that the service refuses although it takes the others. */
type Refusal = Omit<Extract<Results['results'][number], { outcome: 'fail' }>, 'code'> & { code: ProblemCode };

/** What has come of one destination. */
export interface Outcome {
  result: Results['results'][number] | Refusal;
  /** The event that it came of. */
  event: Json;
  /** What the vendor was asked on the way, in order. */
  exchanges: readonly Exchange[];
}

/** The service refused a whole call. */
export class ServiceProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly path: string | undefined;

  constructor(status: number, { code, detail, path }: Partial<Omit<Problem, 'code'>> & { code?: string }) {
    super(detail ?? 'the service did not answer');
    this.status = status;
    this.code = code ?? 'UNAVAILABLE';
    this.path = path;
  }
}

/** How calls are made: with a token where the service asks for one, and until they are stale. */
export interface CallOptions {
  token: string;
  signal?: AbortSignal;
}

async function call(path: string, { token, signal }: CallOptions, body?: unknown): Promise<Response> {
  const headers = new Headers();
  if (token !== '') headers.set('Authorization', `Bearer ${token}`);
  const init: RequestInit = { headers, ...(signal && { signal }) };
  if (body !== undefined) {
    headers.set('Content-Type', 'application/json');
    Object.assign(init, { method: 'POST', body: JSON.stringify(body) });
  }
  const response = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new ServiceProblem(0, { code: 'UNREACHABLE', detail: 'the service cannot be reached' });
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as ConstructorParameters<typeof ServiceProblem>[1];
  throw new ServiceProblem(response.status, problem);
}

/** The version of the service, and a digest of its code. */
const releaseOf = (response: Response): string => response.headers.get('Transformer-Version') ?? '';

/** Every destination in brief, and the version of the service. @throws {ServiceProblem} */
export async function fetchDestinations(options: CallOptions): Promise<{ destinations: Summary[]; version: string }> {
  const response = await call('destinations', options);
  const { destinations } = (await response.json()) as Destinations;
  return { destinations, version: releaseOf(response).split('+')[0] ?? '' };
}

/** Everything that is known about a destination. @throws {ServiceProblem} */
export async function fetchDescription(name: string, options: CallOptions): Promise<Description> {
  const response = await call(`destinations/${encodeURIComponent(name)}`, options);
  return (await response.json()) as Description;
}

/** Everything that is known about all destinations. @throws {ServiceProblem} */
export async function fetchDescriptions(options: CallOptions): Promise<Description[]> {
  const response = await call('destinations?details=true', options);
  return ((await response.json()) as Descriptions).destinations;
}

/** Sends the requests of a result through the service. @throws {ServiceProblem} */
export async function deliver({ result }: Outcome, options: CallOptions): Promise<Delivery> {
  const response = await call('playground/deliver', options, result);
  return (await response.json()) as Delivery;
}

/** What SDKs have sent since an arrival. @throws {ServiceProblem} */
export async function fetchArrivals(after: number, options: CallOptions): Promise<Arrivals> {
  const response = await call(`live?after=${String(after)}`, options);
  return (await response.json()) as Arrivals;
}

/** An envelope with policies that may be invalid. */
type Call = Omit<Envelope, 'destinations'> & { destinations: Target[] };

interface Transformed extends Results {
  /** The release of the service. */
  release: string;
}

async function transform(event: Json, destinations: Target[], options: CallOptions, resume?: Resume[]) {
  const body = { event, destinations, dialogues: 'ask', ...(resume && { resume }) } satisfies Call;
  const response = await call('transform?explain=true', options, body);
  const { results } = (await response.json()) as Results;
  return { results, release: releaseOf(response) } satisfies Transformed;
}

/** Answers in a vendor's stead; undefined where nobody has said yet what the answer is. */
export type Answering = (destination: number, ask: Ask, position: number) => Answer | undefined;

/**
 * The result of an event for each destination, including dialogues as far as there are answers. A policy that the service
 * refuses fails its own destination only.
 * @param now the time of mapping; the service's own by default
 * @throws {ServiceProblem}
 */
export async function play(
  event: Json,
  targets: Target[],
  answerTo: Answering,
  options: CallOptions,
  now?: string,
): Promise<Outcome[]> {
  if (targets.length === 0) return [];
  try {
    return await playAll(event, targets, answerTo, options, now);
  } catch (error) {
    const refused = refusedPolicy(error, targets);
    if (refused === undefined) throw error;
    const at = refused.destination;
    const answerOthers: Answering = (other, ...rest) => answerTo(other < at ? other : other + 1, ...rest);
    const others = await play(event, targets.toSpliced(at, 1), answerOthers, options, now);
    return others.toSpliced(at, 0, { result: refused, event, exchanges: [] });
  }
}

/** The failure of the destination whose policy the service refuses; undefined if that is not the problem. */
function refusedPolicy(error: unknown, targets: readonly Target[]): Refusal | undefined {
  if (!(error instanceof ServiceProblem)) return undefined;
  const [prefix, index = '', path = ''] = /^destinations\[(\d+)\]\.(policy.*)$/.exec(error.path ?? '') ?? [];
  if (prefix === undefined) return undefined;
  const destination = Number(index);
  const message = error.message.replace(prefix, path);
  const destinationId = targets[destination]?.id ?? '';
  return { event: 0, destination, destinationId, outcome: 'fail', code: 'ENVELOPE_INVALID', path, message };
}

async function playAll(
  event: Json,
  targets: Target[],
  answerTo: Answering,
  options: CallOptions,
  now?: string,
): Promise<Outcome[]> {
  let { results, release } = await transform(event, targets, options);
  if (now !== undefined) {
    const begun = targets.map((_target, destination) => ({
      event: 0,
      destination,
      now,
      release,
      answers: {},
    }));
    ({ results, release } = await transform(event, targets, options, begun));
  }
  const outcomes = results.map((result): Outcome => ({ result, event, exchanges: [] }));
  for (;;) {
    const resume = outcomes.flatMap(({ result, exchanges }, destination): Resume[] => {
      if (result.outcome !== 'ask') return [];
      const added = result.asks.flatMap((ask, index): Exchange[] => {
        const answer = answerTo(destination, ask, exchanges.length + index);
        return answer === undefined ? [] : [{ ask, answer }];
      });
      if (added.length === 0) return [];
      const all = [...exchanges, ...added];
      outcomes[destination] = { result, event, exchanges: all };
      const answers = Object.fromEntries(all.map(({ ask, answer }) => [ask.key, answer]));
      return [{ event: 0, destination, ...result.resumeWith, answers }];
    });
    if (resume.length === 0) return outcomes;
    ({ results } = await transform(event, targets, options, resume));
    for (const result of results) {
      const { destination } = result;
      outcomes[destination] = { result, event, exchanges: outcomes[destination]?.exchanges ?? [] };
    }
  }
}
