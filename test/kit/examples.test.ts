import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

import ts from 'typescript';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { Request } from '../../src/contract/requests.ts';
import { readEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import * as kit from '../../src/kit/index.ts';
import { projectFolder } from '../support/project.ts';

/*
 * Every export of the kit has an example in its documentation, which runs here with the config below. A line that ends in a comment says what
 * its expression is: its value, or, of what only an event gives a value, what it is for the event below.
 */

const EVENT: JsonObject = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'u-7',
  messageId: 'm-1',
  timestamp: '2026-01-02T03:04:05Z',
  context: {
    ip: '192.0.2.1',
    os: { name: 'iOS' },
    traits: { email: 'kim@acme.example', plan: 'free' },
    externalId: [{ type: 'crmId', id: 'c-9' }],
  },
  integrations: { Acme: { list: 'news' } },
  traits: {
    name: 'Acme',
    plan: 'pro',
    seats: '63',
    revenue: '1,000.5',
    isPaying: 'true',
    tags: ['crm', 'eu'],
    limits: { users: 5, apps: 3 },
    phone: '+49 30 1234567',
    website: 'www.acme.example/about',
    createdAt: '2019-03-04T05:06:07Z',
    address: { street: '1 Main Street', city: 'Berlin', postalCode: '10115', country: 'DE' },
  },
};
const NOW = new Date('2026-01-02T03:04:05.678Z');
const at = kit.url`https://api.acme.example/`;
const config = { hookUrl: kit.secretUrl('Where events go').parse('https://hooks.acme.example/in/k7/') };

/** What an event becomes; a vendor that is asked has nothing. */
function sent(requests: kit.Requests, rules: readonly kit.Rule[] = []) {
  const definition = kit.defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config: kit.z.object({ hookUrl: kit.z.string().transform(() => config.hookUrl) }),
    examples: { hook: { hookUrl: 'k' } },
    hosts: ['api.acme.example', 'hooks.acme.example'],
    rules: () => rules,
    requests: () => requests,
  });
  const transformer = new Transformer({ registry: new Registry([{ file: 'acme', definition }]) });
  const target = { id: 'acme', name: 'acme', config: { hookUrl: 'k' }, enabled: true };
  const asked: string[] = [];
  const answers: Record<string, Answer> = {};
  for (;;) {
    const { outcome: mapped, warnings } = transformer.bind(target).map(readEvent(EVENT), { now: NOW, answers });
    if (mapped.outcome !== 'ask') return { asked, mapped, warnings };
    for (const step of mapped.steps) {
      asked.push(`ask ${step.request.method} ${step.request.url}`);
      answers[step.key] = { status: 404 };
    }
  }
}

const isKind = (value: unknown, key: PropertyKey): value is object =>
  typeof value === 'object' && value !== null && key in value;

/** Whether something is an expression, or a literal with one in it. */
const isMapped = (value: unknown): boolean =>
  isKind(value, Symbol.for('group-transformer.expression')) ||
  (kit.isObject(value) && Object.values(value).some(isMapped));

/** What an example shows of a value. */
function shown(value: unknown): unknown {
  if (isKind(value, 'effect') && isKind(value, 'message')) {
    const { mapped, warnings } = sent(kit.get.empty({ url: kit.url`https://api.acme.example/${kit.event.groupId}` }), [
      value as unknown as kit.Rule,
    ]);
    const { outcome, code } = mapped as { outcome: string; code?: string };
    return [code ?? outcome, ...warnings.map((warning) => warning.code)].join(' ');
  }
  if (isKind(value, 'kind') && !isKind(value, 'isShared')) {
    const { asked, mapped } = sent(value);
    if (mapped.outcome !== 'send') return [...asked, (mapped as { code: string }).code];
    const lines = mapped.requests.map(({ request }) => {
      const { method, url, body } = request as Request;
      return [method, url, ...(body === undefined ? [] : [JSON.stringify(Object.values(body)[0])])].join(' ');
    });
    return [...asked, ...lines];
  }
  if (isMapped(value)) {
    const { mapped } = sent(kit.post.json({ url: at, body: { value: value as kit.Expr<unknown> } }));
    return mapped.outcome === 'send'
      ? ((mapped.requests[0]?.request as Request).body as { json: JsonObject }).json.value
      : mapped;
  }
  return value;
}

interface Example {
  code: string;
  /** The statements that come before it, and that it needs. */
  before: string;
  expected: string;
}

/** The statements of an example whose value a comment tells. */
function examplesIn(text: string): Example[] {
  const source = ts.createSourceFile('example.ts', text, ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    const [comment] =
      ts.getTrailingCommentRanges(text, statement.end) ?? ts.getLeadingCommentRanges(text, statement.end) ?? [];
    if (!ts.isExpressionStatement(statement) || comment === undefined) return [];
    const before = source.statements.filter(ts.isVariableStatement).map((one) => one.getText());
    const expected = text.slice(comment.pos + '//'.length, comment.end);
    return { code: statement.expression.getText(), before: before.join('\n'), expected };
  });
}

const parse = (file: string) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);

/** The declarations of a module by their names. */
function declarationsIn(file: string): Map<string, ts.Node> {
  const named = parse(file).statements.flatMap((statement): [string | undefined, ts.Node][] => {
    if (ts.isFunctionDeclaration(statement)) return [[statement.name?.text, statement]];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map((declaration) => [declaration.name.getText(), declaration]);
  });
  // Of a function with several signatures, the first is documented.
  return new Map(named.toReversed().flatMap(([name, node]) => (name === undefined ? [] : [[name, node]])));
}

/** The values that the kit exports, and their documentation; zod has its own. */
const kitFile = path.join(projectFolder, 'src/kit/index.ts');
const exported = parse(kitFile).statements.flatMap((statement): [string, ts.Node | undefined][] => {
  if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) return [];
  const module = (statement.moduleSpecifier as ts.StringLiteral).text;
  const declarations = declarationsIn(path.join(path.dirname(kitFile), module));
  return (statement.exportClause as ts.NamedExports).elements
    .filter(({ isTypeOnly, name }) => !isTypeOnly && name.text !== 'z')
    .map(({ name }) => [name.text, declarations.get(name.text)]);
});

it('are of all exports', () => {
  expect(exported.map(([name]) => name).sort()).toEqual(Object.keys(kit).filter((name) => name !== 'z'));
});

it.each(exported)('%s is as its example says', (_name, declaration) => {
  const tags = declaration === undefined ? [] : ts.getJSDocTags(declaration);
  const texts = tags.filter(({ tagName }) => tagName.text === 'example').map(({ comment }) => comment);
  const examples = texts.flatMap((text) => examplesIn(ts.getTextOfJSDocComment(text) ?? ''));
  expect(examples.length).toBeGreaterThan(0);
  for (const { code, before, expected } of examples) {
    const value: unknown = runInNewContext(`${before}\n(${code})`, { ...kit, config });
    const told: unknown = runInNewContext(`(${expected})`);
    expect({ code, value: shown(value) }).toEqual({ code, value: structuredClone(told) });
  }
});

it('shows what is not so', () => {
  const [example] = examplesIn("trait.plan // 'free'");
  expect(example?.expected).toBe(" 'free'");
  expect(shown(kit.trait.plan)).not.toBe('free');
});
