import { validateHeaderName, validateHeaderValue } from 'node:http';

import _ from 'lodash';

import type { LineageRow } from '../../src/contract/lineage.ts';
import type { Request } from '../../src/contract/requests.ts';
import { lineageOf } from '../../src/core/bind.ts';
import { type Destination, isRejecting, type SendingDestination } from '../../src/core/definition.ts';
import { boundExamples } from '../../src/core/describe.ts';
import { placesOf } from '../../src/core/event.ts';
import { hostMatches } from '../../src/core/hosts.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Transformer } from '../../src/core/transform.ts';
import { type Expectation, type Fixture, runFixture } from '../../src/verify/fixture.ts';
import { toOutput } from '../../src/wire/rudder/encode.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * No text of a config or of an event may lead a request astray: what is sent goes to the same host, under as many
 * segments, with the same headers, as without it, or nothing is sent.
 */

const attacks = [
  '\r\nX-Evil: 1',
  '\0',
  '../../x',
  '..',
  '//evil.example',
  '@evil.example',
  '#',
  '?x=1',
  '%2f',
  'evil.example/#',
  'x'.repeat(2_000),
  '日本',
];

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});

const asked = (outcome: Expectation) => (outcome.dialogue ?? []).map(({ ask }) => ask);
const sent = (outcome: Expectation) => ('send' in outcome ? outcome.send : []);
const requestsOf = (outcome: Expectation) => [...asked(outcome), ...sent(outcome)];

/** What no text may change about a request. */
function shapeOf({ method, url, headers }: Request) {
  const { protocol, username, password, host, pathname, search, hash } = new URL(url);
  const origin = `${protocol}//${username}${password}${host}`;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  return { method, origin, segments: pathname.split('/').length, search, hash, names: names.sort() };
}
type Shape = ReturnType<typeof shapeOf>;
type Part = keyof Shape;

const path: Part[] = ['segments', 'search', 'hash'];
/** What is for the event or the config to say. */
const free: Partial<Record<string, Part[]>> = {
  ...freeOfWebhook('webhook', 'Webhook'),
  ...freeOfWebhook('pipedream', 'Pipedream'),
  ...freeOfWebhook('variance', 'Variance'),
  'http headers.0.to': ['names'],
};

function freeOfWebhook(name: string, title: string): Record<string, Part[]> {
  const places = ['fullPath', 'appendPath'].flatMap((place) => [place, `integrations.${title}.${place}`]);
  return {
    ...Object.fromEntries(places.map((place) => [`${name} ${place}`, path])),
    [`${name} headers.0.from`]: ['names'],
  };
}

/** Throws at headers that no client would send, also as a pipeline gets them. */
function checkHeaders(request: Request): void {
  const output = toOutput(request, new Date(0)) as Pick<Request, 'headers'>;
  for (const [name, value] of Object.entries({ ...request.headers, ...output.headers })) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

/** The paths of the texts in a config. */
function textsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value === 'string') return [path];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => textsIn(child, [...path, key]))
    : [];
}

/** The places in an event that reach a URL or a header; where the event has several texts there, all of them. */
function sourcesOf({ title }: SendingDestination, lineage: readonly LineageRow[], event: JsonObject): string[][] {
  const sources = lineage.filter(({ to }) => /^requests\[\d+\]\.(url|headers)/.test(to)).flatMap(({ from }) => from);
  return _.uniq(sources.flatMap(placesOf))
    .map((place) =>
      place
        .replace(/^options\./, `integrations.${title}.`)
        .replace(/\.\*$/, '')
        .split('.'),
    )
    .flatMap((place) => {
      const texts = textsIn(_.get(event, place), place);
      return texts.length === 0 ? [place] : texts;
    });
}

/** A text instead of another, and at the end of it. */
function variants<T extends object>(value: T, place: readonly string[], own: string): { text: string; poisoned: T }[] {
  const given: unknown = _.get(value, place);
  const texts = [...attacks, `${own}#`].flatMap((attack) => [
    attack,
    `${typeof given === 'string' ? given : ''}${attack}`,
  ]);
  return _.uniq(texts).map((text) => ({ text, poisoned: _.set(_.cloneDeep(value), place, text) }));
}

/** Of the texts and the places in which they are put, in `npm test`. */
const TRIES = 40;

/** The fixtures of a destination in each of its modes, and what is sent for them, if anything. */
async function casesOf({ name, examples, aliases, deliveryExample }: SendingDestination) {
  const own = fixtures.filter((fixture) => fixture.destination === name || aliases.includes(fixture.destination));
  const given = Object.entries(examples)
    .flatMap(([mode, config]) =>
      own.map((fixture) => ({ mode, fixture: { ...fixture, config: config as JsonObject } })),
    )
    .map(({ mode, fixture }) => ({
      mode,
      fixture: { ...fixture, delivery: fixture.delivery ?? (deliveryExample as JsonObject | undefined) },
    }));
  const cases = given.map(async ({ mode, fixture }) => {
    const shapes = requestsOf(await runFixture(transformer, fixture)).map(shapeOf);
    return { mode, fixture, shapes };
  });
  return (await Promise.all(cases)).filter(({ shapes }) => shapes.length > 0);
}

const isSending = (destination: Destination): destination is SendingDestination => !isRejecting(destination);
const sending = await Promise.all(
  registry.destinations
    .filter(isSending)
    .map(async (destination) => [destination.name, destination, await casesOf(destination)] as const),
);

describe.each(sending)('%s', (name, destination, cases) => {
  const { examples, hosts } = destination;
  // One event for each set of requests that there may be.
  const distinct = _.uniqBy(cases, ({ mode, shapes }) => JSON.stringify([mode, shapes]));
  const known = _.uniqBy(
    cases.flatMap(({ shapes }) => shapes),
    (shape) => JSON.stringify(shape),
  );
  const vendorHosts = 'fromConfig' in hosts ? (hosts.known ?? []) : hosts;
  const ownHost = new URL(known[0]?.origin ?? '').host;

  /** Runs a fixture that has been tampered with and returns those of its requests that have gone astray. */
  async function astray(
    fixture: Fixture,
    loose: Part[],
    isHome: (shape: Shape, other: Shape) => boolean,
  ): Promise<Shape[]> {
    const requests = requestsOf(await runFixture(transformer, fixture));
    requests.forEach(checkHeaders);
    return requests.map(shapeOf).filter((shape) => {
      return !known.some((other) => {
        const rest = [...loose, 'origin'];
        return isHome(shape, other) && _.isEqual(_.omit(shape, rest), _.omit(other, rest));
      });
    });
  }

  const freeAt = (place: readonly string[]) => free[`${name} ${place.join('.')}`] ?? [];

  it('sends something in every mode', () => {
    expect(_.uniq(_.map(distinct, 'mode'))).toEqual(Object.keys(examples));
  });

  it('keeps its requests where they are, whatever the event says', async () => {
    const tries = distinct.flatMap(({ mode, fixture }) => {
      const bound = boundExamples(destination)[mode];
      const places = sourcesOf(destination, bound === undefined ? [] : lineageOf(bound), fixture.event);
      return places.flatMap((place) =>
        variants(fixture.event, place, ownHost).map((variant) => ({ mode, fixture, place, ...variant })),
      );
    });
    for (const { mode, fixture, place, text, poisoned: event } of sampleOf(tries, TRIES)) {
      const found = await astray({ ...fixture, event }, freeAt(place), (one, other) => one.origin === other.origin);
      expect([mode, place, text, found]).toEqual([mode, place, text, []]);
    }
  });

  it('keeps its requests where they are, whatever the config says', async () => {
    // What a config reaches is in most requests, so that the event with the most of them is enough.
    const longest = _.uniqBy(_.orderBy(distinct, 'shapes.length', 'desc'), 'mode');
    const tries = longest.flatMap(({ mode, fixture }) =>
      textsIn(fixture.config).flatMap((place) =>
        variants(fixture.config, place, ownHost).map((variant) => ({ mode, fixture, place, ...variant })),
      ),
    );
    for (const { mode, fixture, place, text, poisoned: config } of sampleOf(tries, TRIES)) {
      // What is a URL is the config's own, and is what the host may then be.
      const isUrl = /^https?:/.test(_.get(fixture.config, place) as string);
      const home = ({ origin }: Shape, other: Shape) =>
        isUrl
          ? origin === new URL(text).origin
          : origin === other.origin || hostMatches(new URL(origin).host, vendorHosts);
      const found = await astray({ ...fixture, config }, isUrl ? path : freeAt(place), home);
      expect([mode, place, text, found]).toEqual([mode, place, text, []]);
    }
  });
});
