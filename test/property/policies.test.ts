import { text } from 'node:stream/consumers';

import _ from 'lodash';
import { pino } from 'pino';
import type request from 'supertest';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { PolicyRules } from '../../src/contract/policy.ts';
import type { AskOutcome, Result } from '../../src/contract/results.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { createApp } from '../../src/http/app.ts';
import { Metrics } from '../../src/http/metrics.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { clientAt, serve } from '../support/client.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * What a policy withholds decides on nothing that anybody is told: two events that differ in nothing else get the same
 * requests, asks, warnings, messages and log lines, to the byte, so that a value cannot be in them in any encoding. The
 * planted values are looked for as well, also in the metrics.
 */

/** A policy, and what it withholds. */
interface Case {
  policy: PolicyRules;
  deniesTrait: (key: string) => boolean;
  deniesOfPerson: (key: string) => boolean;
}

const strict: Case = {
  policy: { traits: { allow: [] }, person: { deny: ['*'] } },
  deniesTrait: () => true,
  deniesOfPerson: () => true,
};

/** Every other trait, as a caller may write it, and two things of the person. */
function halfOf(names: readonly string[]): Case {
  // A dot is a step, and `id` would leave the events of some senders without a group.
  const usable = names.filter((name) => /^[^.*[\]]+$/.test(name) && name !== 'id');
  const denied = usable.filter((_name, index) => index % 2 === 0);
  return {
    policy: { traits: { deny: denied.map((name) => name.toUpperCase()) }, person: { deny: ['email', 'userId'] } },
    deniesTrait: (key) => denied.includes(key),
    deniesOfPerson: (key) => ['email', 'userId', 'user_id', 'id'].includes(key),
  };
}

/** Another value of the same kind, so that what is made of the given one is made of it too. */
function planted(value: Json, mark: string): Json {
  if (typeof value === 'number') return Number(`${mark}${String(Math.abs(Math.trunc(value)) % 100)}`);
  if (typeof value === 'boolean') return mark === '71' ? value : !value;
  if (Array.isArray(value)) return value.map((element) => planted(element, mark));
  if (isJsonObject(value)) return _.mapValues(value, (field) => planted(field, mark));
  if (typeof value !== 'string') return value;
  if (value.includes('@')) return `planted-${mark}@acme.example`;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return `19${mark}-03-04T05:06:07.000Z`;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return `19${mark}-03-04`;
  if (/^https?:/.test(value)) return `https://planted-${mark}.example/`;
  if (/^\+?[\d ()-]+$/.test(value)) return value.replace(/\d{2}(?=\D*$)/, mark);
  return value === '' ? '' : `planted-${mark} ${value}`;
}

const personalIds = ['userId', 'user_id', 'anonymousId', 'email', 'rudderId'];

/** The event with other values in every denied place. */
function plant(event: JsonObject, { deniesTrait, deniesOfPerson }: Case, mark: string): JsonObject {
  const fields = (object: JsonObject, name: string, denies: (key: string) => boolean): JsonObject => {
    const found = object[name];
    if (!isJsonObject(found)) return object;
    // The id of the group is not withheld.
    const isDenied = (key: string) => denies(key) && !['groupId', 'group_id'].includes(key);
    return { ...object, [name]: _.mapValues(found, (value, key) => (isDenied(key) ? planted(value, mark) : value)) };
  };
  const ids = _.mapValues(event, (value, key) =>
    personalIds.includes(key) && deniesOfPerson(key) ? planted(value, mark) : value,
  );
  const changed = fields(fields(ids, 'traits', deniesTrait), 'properties', deniesTrait);
  const { context } = changed;
  if (!isJsonObject(context)) return changed;
  const isOfGroup = _.get(context, 'library.name') === 'rudderanalytics-ruby';
  const inContext = isOfGroup ? context : fields(context, 'traits', deniesOfPerson);
  const { externalId } = inContext;
  if (!Array.isArray(externalId)) return { ...changed, context: inContext };
  const others = externalId.map((id) =>
    isJsonObject(id) && typeof id.type === 'string' && deniesOfPerson(id.type)
      ? { ...id, id: planted(id.id ?? '', mark) }
      : id,
  );
  return { ...changed, context: { ...inContext, externalId: others } };
}

/** Reads a body as text, whatever its type. */
const asText: NonNullable<Parameters<request.Test['parse']>[0]> = (response: unknown, done: unknown) => {
  text(response as NodeJS.ReadableStream).then(
    (read) => {
      (done as (error: null, body: string) => void)(null, read);
    },
    done as (error: unknown) => void,
  );
};

/** An application whose log is kept, and what it has told. */
async function listener(policies: Record<string, PolicyRules>) {
  let lines: string[] = [];
  const log = pino({ level: 'debug', base: null, timestamp: false }, { write: (line: string) => lines.push(line) });
  const metrics = new Metrics({ registry, version: '1.2.3' });
  const told: unknown[] = [];
  const app = createApp({
    registry,
    policies,
    version: '1.2.3',
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    limits: { bodyBytes: 10_000_000, pipelineBodyBytes: 10_000_000 },
    telemetry: { metrics, log, onError: (...report) => told.push(report) },
  });
  const client = clientAt(await serve(app));
  return {
    /** The answer, as its text and parsed. */
    post: async (path: string, body: unknown, type = 'application/json') => {
      const sent = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await client
        .post(path)
        // Compressing takes time, and adds nothing to what is told.
        .set({ 'Content-Type': type, 'Accept-Encoding': 'identity' })
        .buffer(true)
        .parse(asText)
        .send(sent);
      expect([path, response.status, told]).toEqual([path, 200, []]);
      return response.body as string;
    },
    /** The log since the last call, without what differs by itself. */
    log: () => {
      const outcomes = lines.map((line) =>
        _.omit(JSON.parse(line) as object, ['requestId', 'ms', 'duration', 'bytes']),
      );
      lines = [];
      return JSON.stringify(outcomes.filter((line) => 'outcome' in line));
    },
    metrics: async () => metrics.registry.metrics(),
  };
}

type Listener = Awaited<ReturnType<typeof listener>>;

interface Sent extends Pick<Fixture, 'destination' | 'config' | 'delivery' | 'answers'> {
  event: JsonObject;
  policy?: PolicyRules | undefined;
}

const callOf = ({ destination: name, config, delivery, policy }: Sent) => ({
  name,
  config,
  ...(delivery && { delivery }),
  ...(policy && { policy }),
});

/** Each way to send one event to one destination; yields all that is told of it. */
const routes: Record<string, (to: Listener, sent: Sent) => Promise<string>> = {
  native: async (to, sent) => to.post('/transform?explain=true', { event: sent.event, destination: callOf(sent) }),
  dialogue: async (to, sent) => {
    const remaining = [...sent.answers];
    const answers: Record<string, Answer> = {};
    const turns: string[] = [];
    for (let more = {}; ;) {
      const envelope = { events: [sent.event], destination: callOf(sent), dialogues: 'ask', ...more };
      turns.push(await to.post('/transform', envelope));
      const [result] = (JSON.parse(turns.at(-1) ?? '') as { results: [Result | Result<AskOutcome>] }).results;
      if (result.outcome !== 'ask') return turns.join('\n');
      for (const { key } of result.asks) answers[key] = remaining.shift() ?? { status: 404, json: {} };
      if (turns.length > 20) return turns.join('\n');
      more = { resume: [{ event: 0, destination: 0, ...result.resumeWith, answers }] };
    }
  },
  batch: async (to, sent) => {
    const other = { ...sent.event, messageId: 'another' };
    return to.post('/transform', { events: [sent.event, other], destination: callOf(sent), batch: true });
  },
  stream: async (to, sent) => {
    const lines = [{ destinations: [callOf(sent)] }, { event: sent.event }];
    return to.post('/transform', lines.map((line) => JSON.stringify(line)).join('\n'), 'application/x-ndjson');
  },
  processor: async (to, sent) => to.post(`/v0/destinations/${sent.destination}`, [itemOf(sent)]),
  router: async (to, sent) =>
    to.post('/routerTransform', { input: [itemOf(sent), itemOf(sent)], destType: sent.destination }),
};

const itemOf = ({ event, destination, config, delivery }: Sent) => ({
  message: event,
  metadata: { jobId: 1, destinationId: 'd-1', ...(delivery && { secret: delivery }) },
  destination: { ID: 'd-1', Config: config, DestinationDefinition: { Name: destination } },
});

/** The texts that a policy withholds from a destination. */
function plantedIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('planted-') ? [value.split(' ')[0] as string] : [];
  return _.isObject(value) ? Object.values(value).flatMap(plantedIn) : [];
}

/** A text as it is, in a URL, and in Base64 after any number of bytes. */
function encodingsOf(text: string): string[] {
  const base64 = ['', '-', '--'].map((before) =>
    Buffer.from(before + text)
      .toString('base64')
      .slice(before.length === 0 ? 0 : 4, -4),
  );
  return [text, encodeURIComponent(text), ...base64];
}

/** Every destination that sends, and the policies that it is tried with. */
const senders = Object.entries(_.groupBy(fixtures, 'destination')).flatMap(([name, all]) => {
  const destination = registry.get(name);
  if (destination === undefined || 'reason' in destination) return [];
  const sending = all.filter(({ expected }) => expected !== undefined && 'send' in expected);
  const names = _.uniq(all.flatMap(({ event }) => (isJsonObject(event.traits) ? Object.keys(event.traits) : [])));
  return [{ name, sending, cases: { strict, half: halfOf(names) } }];
});

/** The policies of all destinations in one case. */
const policiesOf = (title: 'strict' | 'half') =>
  Object.fromEntries(senders.map(({ name, cases }) => [name, cases[title].policy]));

const free = await listener({});
const held = { strict: await listener(policiesOf('strict')), half: await listener(policiesOf('half')) };

it('covers every destination that sends', () => {
  expect(_.map(senders, 'name').sort()).toEqual(
    registry.destinations.flatMap((destination) => ('reason' in destination ? [] : [destination.name])),
  );
});

describe.each(senders)('the policy of $name', ({ sending, cases }) => {
  it.each(['strict', 'half'] as const)('lets nothing denied out: %s', async (title) => {
    const one = cases[title];
    let seen = 0;
    for (const fixture of sampleOf(sending, 2, 12)) {
      const [first, second] = ['71', '84'].map((mark) => ({ ...fixture, event: plant(fixture.event, one, mark) }));
      const tell = async (to: Listener, sent: Sent | undefined, route: string) => {
        const told = await routes[route]?.(to, sent as Sent);
        // Its digest has a nonce.
        return `${told ?? ''}\n${to.log()}`.replaceAll(/PasswordDigest=.*?Created/g, '');
      };
      for (const route of Object.keys(routes)) {
        const isPipeline = ['processor', 'router'].includes(route);
        // The caller's policy and the operator's. Each of them must be enough.
        const ways: [Listener, PolicyRules | undefined][] = isPipeline
          ? [[held[title], undefined]]
          : [
              [held[title], undefined],
              [free, one.policy],
            ];
        for (const [to, policy] of ways) {
          const told = await tell(to, { ...(first as Sent), policy }, route);
          expect(told).toBe(await tell(to, { ...(second as Sent), policy }, route));
          const needles = _.uniq(plantedIn(first?.event)).flatMap(encodingsOf);
          expect(needles.filter((needle) => told.includes(needle))).toEqual([]);
        }
      }
      if ((await tell(free, first, 'native')) !== (await tell(free, second, 'native'))) seen++;
    }
    const metrics = await held[title].metrics();
    expect(metrics).toContain('transformer_');
    expect(metrics).not.toMatch(/planted/);
    // Without the policy, the values are told.
    expect(seen > 0 || title === 'half').toBe(true);
  });
});
