import _ from 'lodash';

import type { Answer } from '../../src/contract/dialogue.ts';
import { readEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import {
  ask,
  askAll,
  defineDestination,
  deny,
  dialogue,
  ensure,
  event,
  type Expr,
  findOrCreate,
  get,
  given,
  post,
  read,
  type RequestNode,
  text,
  trait,
  url,
  when,
  write,
  z,
} from '../../src/kit/index.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

/** Plays a definition's dialogue; `answerTo` is the vendor. */
function play(requests: RequestNode[], payload: JsonObject, answerTo: (step: string, time: number) => Answer) {
  const definition = defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config: z.object({}),
    examples: { default: {} },
    hosts: ['acme.example'],
    requests: () => requests,
  });
  const transformer = new Transformer({
    registry: new Registry([{ file: 'acme', definition }]),
    onMapperError: (error) => {
      throw error;
    },
  });
  const target = { id: 'acme', name: 'acme', config: {}, enabled: true };
  const read = readEvent({ type: 'group', groupId: 'g', ...payload });
  const answers: Record<string, Answer> = {};
  const asked: string[][] = [];
  const map = () => transformer.bind(target).map(read, { now: NOW, answers }).outcome;
  let mapped = map();
  while (mapped.outcome === 'ask') {
    asked.push(mapped.steps.map(({ name }) => name));
    for (const step of mapped.steps) answers[step.key] = answerTo(step.name, step.occurrence);
    mapped = map();
  }
  return { asked, mapped };
}

const ok = (json: JsonObject = {}): Answer => ({ status: 200, json });
const found = z.object({ id: z.number() });
const at = (path: string) => ({ url: url`https://acme.example/${path}` });
const look = (name: string) => read(get.empty(at(name)), z.unknown());

describe('what is required of the event', () => {
  const body = { name: trait.name.as(text).required() };
  const steps = {
    find: look('find'),
    later: post.json<{ name: string }>({ ...at('later'), body }),
  };
  const node = dialogue({
    steps,
    *choose({ find, later }) {
      yield* ask(find);
      return [later];
    },
  });

  it('is checked for every step before the first is asked', () => {
    expect(play([node], {}, () => ok())).toMatchObject({
      asked: [],
      mapped: { outcome: 'fail', code: 'FIELD_MISSING', path: 'traits.name' },
    });
    expect(play([node], { traits: { name: 'Acme' } }, () => ok()).asked).toEqual([['find']]);
  });

  it('is not where the flow or the part of a body that requires it is not there', () => {
    expect(play([given(trait.plan, () => [node], [])], {}, () => ok()).mapped).toMatchObject({
      code: 'NOTHING_TO_SEND',
    });
    const conditional = dialogue({
      steps: {
        find: look('find'),
        later: post.json<{ company?: { name: string } }>({
          ...at('later'),
          body: { company: when<{ name: string }>(trait.plan, body) },
        }),
      },
      *choose(ready) {
        yield* ask(ready.find);
        return [ready.later];
      },
    });
    expect(play([conditional], {}, () => ok()).mapped).toMatchObject({ outcome: 'send' });
    expect(play([conditional], { traits: { plan: 'pro' } }, () => ok())).toMatchObject({
      asked: [],
      mapped: { code: 'FIELD_MISSING' },
    });
  });

  it('is the path of a URL, too', () => {
    const byName = dialogue({
      steps: { find: look('find'), later: get.empty({ url: url`https://acme.example/${trait.name.as(text)}` }) },
      *choose(ready) {
        yield* ask(ready.find);
        return [ready.later];
      },
    });
    expect(play([byName], { traits: { name: '..' } }, () => ok())).toMatchObject({
      asked: [],
      mapped: { code: 'VALUE_INVALID', path: 'traits.name' },
    });
  });
});

it('asks together what is asked at once, and gives values of answers to later steps', () => {
  const node = dialogue({
    facts: { plan: trait.plan.as(text), missing: trait('nothing') },
    steps: {
      user: read(get.empty(at('user')), found),
      company: read(get.empty(at('company')), found),
      link: ({ user, company, plan }: { user: Expr<number>; company: Expr<number>; plan: Expr<string | undefined> }) =>
        post.json<{ user: number; company: number; plan?: string }>({
          url: url`https://acme.example/links/${user}`,
          body: { user, company, plan },
        }),
    },
    *choose({ user, company, link }, { plan, missing }) {
      expect(missing).toBeUndefined();
      const [one, other] = yield* askAll([user, company]);
      if (!one.ok || !other.ok) return deny('not there');
      const ids = { user: one.json.id, company: other.json.id };
      return [link({ ...ids, plan }), link({ ...ids, user: 3, plan: undefined })];
    },
  });
  const { asked, mapped } = play([node], { traits: { plan: 'pro' } }, (step) => ok({ id: step === 'user' ? 1 : 2 }));
  expect(asked).toEqual([['user', 'company']]);
  expect(mapped).toMatchObject({
    requests: [
      { request: { url: 'https://acme.example/links/1', body: { json: { user: 1, company: 2, plan: 'pro' } } } },
      { request: { url: 'https://acme.example/links/3', body: { json: { user: 3, company: 2 } } } },
    ],
  });
});

it('gives an input wherever it stands', () => {
  const node = dialogue({
    steps: {
      find: read(get.empty(at('find')), found),
      link: (inputs: { id: Expr<number> }) =>
        post.json<{ one: number; other: number }>({ ...at('link'), body: { one: inputs.id, other: inputs.id } }),
    },
    *choose({ find, link }) {
      const answer = yield* ask(find);
      return answer.ok ? [link(answer.json)] : deny('not there');
    },
  });
  expect(play([node], {}, () => ok({ id: 7 })).mapped).toMatchObject({
    requests: [{ request: { body: { json: { one: 7, other: 7 } } } }],
  });
});

it('also sends what precedes and follows a dialogue, and runs one per group id', () => {
  const node = dialogue({
    steps: {
      find: read(get.empty({ url: url`https://acme.example/groups/${event.groupId}` }), z.unknown()),
      ping: get.empty(at('ping')),
    },
    *choose({ find, ping }) {
      yield* ask(find);
      return [ping];
    },
  });
  const { asked, mapped } = play([get.empty(at('a')), node], { groupId: ['g-1', 'g-2'] }, () => ok());
  expect(asked).toEqual([['find'], ['find']]);
  expect(_.map(_.get(mapped, 'requests'), 'request.url')).toEqual([
    'https://acme.example/a',
    'https://acme.example/ping',
    'https://acme.example/a',
    'https://acme.example/ping',
  ]);
});

it.each<[string, Answer, object]>([
  ['nothing is left to send', ok(), { outcome: 'drop', code: 'ALREADY_DONE' }],
  ['the vendor lacks what is needed', { status: 404 }, { outcome: 'fail', code: 'VENDOR_UNSUITABLE', message: 'gone' }],
  ['a conflict is told', { status: 409 }, { outcome: 'fail', code: 'VENDOR_UNSUITABLE' }],
  ['the vendor does not accept it', { status: 422 }, { outcome: 'fail', code: 'VENDOR_UNSUITABLE' }],
  ['the step deals with a status itself', { status: 403 }, { outcome: 'fail', code: 'VENDOR_UNSUITABLE' }],
  ['a status is the engine’s', { status: 418 }, { outcome: 'fail', code: 'VENDOR_REFUSED', vendor: { status: 418 } }],
  ['there is a redirect', { status: 302 }, { outcome: 'fail', code: 'VENDOR_UNAVAILABLE' }],
])('ends where %s', (_name, answer, expected) => {
  const node = dialogue({
    steps: { find: read(get.empty(at('find')), z.unknown(), { handles: [403] }) },
    *choose({ find }) {
      const { ok: isThere } = yield* ask(find);
      return isThere ? [] : deny('gone');
    },
  });
  expect(play([node], {}, () => answer).mapped).toMatchObject(expected);
});

it.each([400, 401, 403, 404])('goes on where the vendor refuses with %i what nothing depends on', (status) => {
  const node = dialogue({
    steps: {
      list: read(get.empty(at('list')), z.unknown(), { isOptional: true }),
      make: ensure(post.empty(at('make')), z.unknown(), { isOptional: true }),
      add: post.empty(at('add')),
    },
    *choose({ list, make, add }) {
      yield* askAll([list, make]);
      return [add];
    },
  });
  expect(play([node], {}, () => ({ status })).mapped).toMatchObject({ outcome: 'send' });
  expect(play([node], {}, () => ({ status: 429 })).mapped).toMatchObject({ code: 'VENDOR_THROTTLED' });
});

it('a dialogue has at most 32 steps', () => {
  const endless = (count: number) =>
    dialogue({
      steps: {
        more: ({ page }: { page: Expr<number> }) =>
          ensure(post.json<{ page: number }>({ ...at('more'), body: { page } }), z.unknown()),
      },
      *choose({ more }) {
        for (let page = 0; page < count; page++) yield* ask(more({ page }));
        return [];
      },
    });
  expect(play([endless(32)], {}, () => ok()).mapped).toMatchObject({ code: 'ALREADY_DONE' });
  expect(play([endless(33)], {}, () => ok()).mapped).toMatchObject({
    code: 'DIALOGUE_TOO_LONG',
    written: _.times(32, () => ({ step: 'more', method: 'POST', url: 'https://acme.example/more' })),
  });
});

it('what was written before a failure comes with it, and reads do not', () => {
  const node = dialogue({
    steps: {
      find: look('find'),
      create: write(post.json<object>({ ...at('create'), body: {} }), found),
      check: look('check'),
    },
    *choose({ find, create, check }) {
      yield* ask(find);
      yield* ask(create);
      yield* ask(check);
      return [];
    },
  });
  const answers: Record<string, Answer> = { find: ok(), create: ok({ id: 1 }), check: { error: 'timeout' } };
  expect(play([node], {}, (step) => answers[step] as Answer).mapped).toEqual({
    outcome: 'fail',
    code: 'VENDOR_UNAVAILABLE',
    message: expect.any(String) as string,
    written: [{ step: 'create', method: 'POST', url: 'https://acme.example/create' }],
  });
});

it('asks the same again under another key, once for each dialogue', () => {
  const node = dialogue({
    steps: { find: read(get.empty(at('find')), found, { shared: true }), link: get.empty(at('link')) },
    *choose({ find, link }) {
      const first = yield* ask(find);
      const second = first.ok ? first : yield* ask(find);
      return second.ok ? [link] : deny('gone');
    },
  });
  const second = (_step: string, time: number): Answer => (time === 1 ? { status: 404 } : ok({ id: 1 }));
  expect(play([node], {}, second)).toMatchObject({ asked: [['find'], ['find']], mapped: { outcome: 'send' } });
  expect(play([node], {}, () => ({ status: 404 }))).toMatchObject({ asked: [['find'], ['find']] });
  // Another dialogue of the event asks for the first time, so it gets the earlier answer.
  expect(play([node, node], {}, () => ok({ id: 1 })).asked).toEqual([['find']]);
});

describe('what is found or created', () => {
  const node = (known?: 'known') =>
    dialogue({
      steps: {
        find: read(get.empty(at('find')), z.object({ ids: z.array(z.number()) })),
        create: write(
          post.empty(at('create')),
          found.transform(({ id }) => id),
        ),
        link: ({ id, isNew }: { id: Expr<number>; isNew: Expr<boolean> }) =>
          post.json({ url: url`https://acme.example/${id}`, body: { isNew } }),
      },
      *choose({ find, create, link }) {
        const parts = { find, create, among: ({ ids }: { ids: number[] }) => ids.find((id) => id > 5) };
        const company = yield* findOrCreate(known === undefined ? parts : { ...parts, known: yield* ask(find) });
        return company === undefined ? deny('gone') : [link({ id: company.value, isNew: company.isNew })];
      },
    });
  const sent = (id: number, isNew: boolean) => ({
    requests: [{ request: { url: `https://acme.example/${String(id)}`, body: { json: { isNew } } } }],
  });

  it.each<[string, Record<string, Answer>, string[], object]>([
    ['there', { 'find 1': ok({ ids: [1, 7] }) }, ['find'], sent(7, false)],
    ['created', { 'find 1': ok({ ids: [1] }), 'create 1': ok({ id: 8 }) }, ['find', 'create'], sent(8, true)],
    [
      'created by another in between',
      { 'find 1': { status: 404 }, 'create 1': { status: 409 }, 'find 2': ok({ ids: [9] }) },
      ['find', 'create', 'find'],
      sent(9, false),
    ],
    [
      'neither',
      { 'find 1': { status: 404 }, 'create 1': { status: 422 }, 'find 2': ok({ ids: [] }) },
      ['find', 'create', 'find'],
      { code: 'VENDOR_UNSUITABLE', message: 'gone' },
    ],
  ])('is %s', (_name, answers, asked, expected) => {
    for (const known of [undefined, 'known'] as const) {
      const played = play([node(known)], {}, (step, time) => answers[`${step} ${String(time)}`] as Answer);
      expect(played).toMatchObject({ asked: asked.map((step) => [step]), mapped: expected });
    }
  });
});
