import { batch, computed, effect, signal } from '@preact/signals';

import type { Delivery } from '../contract/delivery.ts';
import type { Description, Summary } from '../contract/descriptions.ts';
import type { Answer } from '../contract/dialogue.ts';
import { type Json, type JsonObject, tryParseJson } from '../core/json.ts';
import type { ConfigSchema } from './config-schema.ts';
import { isWithin, keyedRequests, type Link, linksOf } from './lineage.ts';
import { masked } from './mask.ts';
import { baseEvents, loadCase } from './samples.ts';
import {
  type Answering,
  type CallOptions,
  deliver,
  fetchDescription,
  fetchDescriptions,
  fetchDestinations,
  type Outcome,
  play,
  ServiceProblem,
  type Target,
} from './service.ts';

/** A destination that was chosen, and what was filled in for it. */
export interface Chosen {
  /** Tells two of one name apart. */
  id: string;
  name: string;
  config: JsonObject;
  delivery: JsonObject;
  /** What to withhold from it, and what to rename. Only the service knows whether it is valid. */
  policy?: Json | undefined;
  /** What was answered by hand in the vendor's stead, by the keys of the asks. */
  answers: Readonly<Record<string, Answer>>;
  /** The case whose answers are given where nothing was answered by hand. */
  script?: { name: string; answers: readonly (Answer | undefined)[] } | undefined;
  /** Whether the config is still the example that it was added with. */
  isExample?: boolean;
}

/** A place that is pointed at: in the event, or in a request of a destination. */
export type Pointed =
  { side: 'event'; place: string } | { side: 'request'; id: string; request: string; place: string } | undefined;

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

/** An event with what matters most at its top. */
function arranged(value: JsonObject): JsonObject {
  const leading = ['type', 'groupId', 'userId', 'traits'].flatMap((key) => {
    const field = value[key];
    return field === undefined ? [] : [[key, field] as const];
  });
  return { ...Object.fromEntries(leading), ...value };
}

export const eventText = signal(pretty(arranged(baseEvents[0]?.event ?? { type: 'group' })));
export const chosen = signal<readonly Chosen[]>([]);
/** The version of the service. */
export const version = signal('');
export const destinations = signal<readonly Summary[]>([]);
export const descriptions = signal<ReadonlyMap<string, Description>>(new Map());
/** The results of the destinations, by their ids. */
export const outcomes = signal<ReadonlyMap<string, Outcome>>(new Map());
/** The deliveries and the outcomes that they belong to, by the ids of destinations. A delivery is absent while it runs. */
export const deliveries = signal<ReadonlyMap<string, { outcome: Outcome; delivery?: Delivery }>>(new Map());
/** Whether the service sends requests for the page. */
export const sends = document.querySelector<HTMLMetaElement>('meta[name="sends"]')?.content === 'true';
/** Why there is no newer answer. */
export const problem = signal<ServiceProblem | undefined>(undefined);
export const isBusy = signal(false);
export const pointed = signal<Pointed>(undefined);
export const showsSecrets = signal(false);
/** For a service that asks for one; kept nowhere else. */
export const token = signal('');
export const needsToken = signal(false);
/** What has just been done, for those who cannot see it. */
export const notice = signal('');

/** The event, unless its text is not JSON. */
export const event = computed(() => tryParseJson(eventText.value));

export const options = (signal?: AbortSignal): CallOptions => ({ token: token.value, ...(signal && { signal }) });

/** Keeps what the service refuses where the page shows it. */
function refused(error: unknown): void {
  if (!(error instanceof ServiceProblem)) throw error;
  batch(() => {
    // Without a token there is nothing wrong yet.
    const isFirst = error.status === 401 && token.value === '';
    problem.value = isFirst ? undefined : error;
    if (error.status === 401) needsToken.value = true;
  });
}

export async function loadDestinations(): Promise<void> {
  try {
    const fetched = await fetchDestinations(options());
    batch(() => {
      ({ destinations: destinations.value, version: version.value } = fetched);
      problem.value = undefined;
    });
  } catch (error) {
    refused(error);
  }
}

/** Everything about a destination, fetched once. */
export async function describe(name: string): Promise<Description | undefined> {
  const known = descriptions.value.get(name);
  if (known !== undefined) return known;
  try {
    const description = await fetchDescription(name, options());
    descriptions.value = new Map(descriptions.value).set(name, description);
    return description;
  } catch (error) {
    refused(error);
    return undefined;
  }
}

/** Everything about all destinations, fetched once. */
export async function describeAll(): Promise<void> {
  if (destinations.value.every(({ name }) => descriptions.value.has(name))) return;
  try {
    const fetched = await fetchDescriptions(options());
    descriptions.value = new Map(fetched.map((description) => [description.name, description]));
  } catch (error) {
    refused(error);
  }
}

export const schemaOf = (name: string) => (descriptions.value.get(name)?.config ?? {}) as ConfigSchema;
export const deliverySchemaOf = (name: string) => descriptions.value.get(name)?.delivery as ConfigSchema | undefined;

/** The case that a destination is added with. */
const EXAMPLE = 'full';

/** Adds a destination with an example config, and with the vendor's answers if it asks first. */
export async function add(name: string): Promise<void> {
  const [example] = await Promise.all([loadCase(name, EXAMPLE).catch(() => undefined), describe(name)]);
  const { config = {}, delivery = {}, answers = [] } = example ?? {};
  const taken = new Set(chosen.value.map(({ id }) => id));
  let id = name;
  for (let count = 2; taken.has(id); count++) id = `${name}-${String(count)}`;
  const script = answers.length === 0 ? undefined : { name: EXAMPLE, answers };
  const isExample = Object.keys({ ...config, ...delivery }).length > 0;
  chosen.value = [...chosen.value, { id, name, config, delivery, answers: {}, script, isExample }];
}

export function remove(id: string): void {
  chosen.value = chosen.value.filter((one) => one.id !== id);
}

export function change(id: string, changes: Partial<Chosen>): void {
  const isChanged = changes.config !== undefined || changes.delivery !== undefined;
  chosen.value = chosen.value.map((one) =>
    one.id === id ? { ...one, ...changes, ...(isChanged && { isExample: false }) } : one,
  );
}

/** Starts over with another event. */
export function startFrom(value: JsonObject): void {
  eventText.value = pretty(arranged(value));
}

export function format(): void {
  if (event.value !== undefined) eventText.value = pretty(event.value);
}

/** Replaces the event and the config with those of a fixture. */
export async function startFromCase({ id, name }: Chosen, caseName: string): Promise<void> {
  const { event: started, config, delivery, answers } = await loadCase(name, caseName);
  const script = answers.length === 0 ? undefined : { name: caseName, answers };
  batch(() => {
    startFrom(started);
    change(id, { config, delivery, answers: {}, script });
  });
}

/** Lets the answers of a case stand for the vendor's. */
export async function followCase({ id, name }: Chosen, caseName: string): Promise<void> {
  const { answers } = await loadCase(name, caseName);
  change(id, { script: { name: caseName, answers }, answers: {} });
}

/** Takes all answers back. */
export function restart(id: string): void {
  change(id, { answers: {}, script: undefined });
}

export function targetOf({ id, name, config, delivery, policy }: Chosen): Target {
  return { id, name, config, ...(deliverySchemaOf(name) && { delivery }), ...(policy !== undefined && { policy }) };
}

export const answersOf =
  (list: readonly Chosen[]): Answering =>
  (destination, { key }, position) => {
    const one = list[destination];
    return one?.answers[key] ?? one?.script?.answers[position];
  };

/** How long the page waits for more to be typed, in milliseconds. */
const PAUSE = 180;

/** How long the page waits before it tries again where the service cannot answer, in milliseconds. */
const RETRY_PAUSE = 3_000;

/** Keeps the outcomes up to date with the event and the destinations, from now on. */
export function startLive(): void {
  effect(() => {
    const status = problem.value?.status;
    if (status !== 0 && status !== 503) return;
    const timer = setTimeout(() => {
      // Another list runs everything again.
      chosen.value = [...chosen.value];
      void loadDestinations();
    }, RETRY_PAUSE);
    return () => {
      clearTimeout(timer);
    };
  });
  effect(() => {
    const list = chosen.value;
    const value = event.value;
    // Whether a token comes along depends on the schema.
    const targets = list.map(targetOf);
    const controller = new AbortController();
    const call = options(controller.signal);
    const timer = setTimeout(() => void run(value, list, targets, call), PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}

async function run(value: Json | undefined, list: readonly Chosen[], targets: Target[], call: CallOptions) {
  if (value === undefined) return;
  if (list.length === 0) {
    problem.value = destinations.value.length === 0 ? problem.value : undefined;
    return;
  }
  isBusy.value = true;
  try {
    const played = await play(value, targets, answersOf(list), call);
    if (call.signal?.aborted === true) return;
    batch(() => {
      outcomes.value = new Map(played.map((outcome, index) => [list[index]?.id ?? '', outcome]));
      problem.value = undefined;
      needsToken.value = needsToken.value && token.value === '';
    });
  } catch (error) {
    if (call.signal?.aborted !== true) refused(error);
  } finally {
    if (call.signal?.aborted !== true) isBusy.value = false;
  }
}

/** Sends the requests for a destination. */
export async function send(id: string): Promise<void> {
  const outcome = outcomes.value.get(id);
  if (outcome === undefined) return;
  const keep = (kept: { outcome: Outcome; delivery?: Delivery }) => {
    deliveries.value = new Map(deliveries.value).set(id, kept);
  };
  keep({ outcome });
  try {
    keep({ outcome, delivery: await deliver(outcome, options()) });
  } catch (error) {
    deliveries.value = new Map([...deliveries.value].filter(([other]) => other !== id));
    refused(error);
  }
}

/** The outcomes as they may be shown and copied. */
export const shownOutcomes = computed((): typeof outcomes.value =>
  showsSecrets.value ? outcomes.value : new Map([...outcomes.value].map(([id, outcome]) => [id, masked(outcome)])),
);

/** For each destination, what of the event went where. */
const links = computed(() => {
  const entries = [...outcomes.value].map(([id, outcome]): [string, Link[]] => {
    const { explain } = outcome.result;
    return [id, explain === undefined ? [] : linksOf(explain, keyedRequests(outcome))];
  });
  return new Map(entries);
});

/** The links of what is pointed at, by the ids of the destinations. */
export const lit = computed((): ReadonlyMap<string, readonly Link[]> => {
  const at = pointed.value;
  if (at === undefined || at.place === '') return new Map();
  const entries = [...links.value]
    .filter(([id]) => at.side === 'event' || at.id === id)
    .map(([id, list]): [string, Link[]] => {
      if (at.side === 'event') return [id, nearest(list, at.place, ({ from }) => from)];
      const own = list.filter(({ request }) => request === at.request);
      return [id, nearest(own, at.place, ({ to }) => to)];
    });
  return new Map(entries.filter(([, list]) => list.length > 0));
});

/** The links of a place and of what lies in it; if there are none, those of the closest place around it. */
function nearest(list: readonly Link[], place: string, end: (link: Link) => string): Link[] {
  const within = list.filter((link) => isWithin(end(link), place));
  if (within.length > 0) return within;
  const around = list.filter((link) => isWithin(place, end(link)));
  const length = Math.max(...around.map((link) => end(link).length));
  return around.filter((link) => end(link).length === length);
}

/** The destinations from which a policy withholds what is pointed at, by their ids. */
export const withheldFrom = computed((): readonly string[] => {
  const at = pointed.value;
  if (at?.side !== 'event' || at.place === '') return [];
  const isWithheld = ({ result }: Outcome) =>
    result.explain?.withheld?.some((path) => isWithin(at.place, path)) === true;
  return [...outcomes.value].filter(([, outcome]) => isWithheld(outcome)).map(([id]) => id);
});

/** The places in the event that are lit. */
export const litInEvent = computed((): readonly string[] => {
  const at = pointed.value;
  if (at?.side === 'event') return lit.value.size > 0 ? [at.place] : [];
  return [...new Set([...lit.value.values()].flat().map(({ from }) => from))];
});
