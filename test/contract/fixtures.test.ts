import { validateHeaderName, validateHeaderValue } from 'node:http';
import _ from 'lodash';
import request from 'supertest';
import type { Express } from 'express';
import {
  differences,
  runFixture,
  toExpectation,
  type Exchange,
  type Expectation,
  type Fixture,
} from '../../src/cli/fixture.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { Answer } from '../../src/core/dialogue.ts';
import type { Request } from '../../src/core/outcome.ts';
import type { AskOutcome, Result } from '../../src/core/result.ts';
import { Transformer } from '../../src/core/transform.ts';
import { createApp } from '../../src/http/app.ts';
import { hostMatches } from '../../src/core/hosts.ts';
import { deepFreeze, fixtures, registry } from '../support/project.ts';

const onError = (error: unknown) => {
  throw error;
};
const transformer = new Transformer({ registry, onMapperError: onError });
const cases = fixtures.map((fixture) => [`${fixture.destination}/${fixture.name}`, fixture] as const);
const sent = (expectation: Expectation): Request[] => ('send' in expectation ? expectation.send : []);

function allowedHosts({ destination: name, config }: Fixture): readonly string[] {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) return [];
  if (!('fromConfig' in destination.hosts)) return destination.hosts;
  const configured = destination.config.parse(_.omitBy(config, (value) => value === '')) as Record<string, string>;
  return [new URL(configured[destination.hosts.fromConfig] ?? '').hostname];
}

/** Transforms one pair, answering for its vendor as long as it is asked. */
async function converse(app: Express, call: object, given: readonly Answer[]) {
  const remaining = [...given];
  const dialogue: Exchange[] = [];
  const answers: Record<string, Answer> = {};
  for (let more = {}; ;) {
    const response = await request(app)
      .post('/transform')
      .send({ ...call, ...more })
      .expect(200);
    const { results } = response.body as { results: [Result | Result<AskOutcome>] };
    const [result] = results;
    if (result.outcome !== 'ask') return { result, dialogue };
    for (const { key, request: ask } of result.asks) {
      const answer = remaining.shift();
      if (answer === undefined) throw new Error('the fixture has no answer to an ask');
      answers[key] = answer;
      dialogue.push({ ask, answer });
    }
    more = { resume: [{ event: 0, destination: 0, ...result.resumeWith, answers }] };
  }
}

describe.each(cases)('%s', (_name, fixture) => {
  it('has the expected outcome', () => {
    expect(fixture.expected).toBeDefined();
    expect(differences(fixture.expected, runFixture(transformer, fixture))).toEqual([]);
  });

  it('has the same outcome over HTTP', async () => {
    const app = createApp({
      registry,
      version: '0.0.0',
      bodyLimit: 1e6,
      pipelineBodyLimit: 1e6,
      onError,
      now: () => fixture.now,
    });
    const { event, destination: name, config, delivery } = fixture;
    const call = { event, destination: { name, config, delivery }, dialogues: 'ask' };
    const { result, dialogue } = await converse(app, call, fixture.answers);
    const actual = { ...toExpectation(result), ...(dialogue.length > 0 && { dialogue }) };
    expect(differences(fixture.expected, actual)).toEqual([]);
  });

  it('is mapped the same again, and leaves event and config as they were', () => {
    const frozen = { ...fixture, event: deepFreeze(fixture.event), config: deepFreeze(fixture.config) };
    const first = JSON.stringify(runFixture(new Transformer({ registry, onMapperError: onError }), frozen));
    expect(JSON.stringify(runFixture(transformer, frozen))).toBe(first);
  });

  it('sends well-formed requests, and to the declared hosts only', () => {
    const outcome = runFixture(transformer, fixture);
    const asked = (outcome.dialogue ?? []).map(({ ask }) => ask);
    for (const { method, url, headers, query, body } of [...asked, ...sent(outcome)]) {
      const { protocol, hostname, href } = new URL(url);
      expect(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).toContain(method);
      expect([protocol, href]).toEqual(['https:', url]);
      expect(hostMatches(hostname, allowedHosts(fixture))).toBe(true);
      for (const [name, value] of Object.entries({ ...headers })) {
        validateHeaderName(name);
        validateHeaderValue(name, value);
      }
      expect(JSON.parse(JSON.stringify({ query, body }))).toEqual({ query, body });
    }
  });

  it('has its secrets in requests and nowhere else', () => {
    expect(JSON.stringify(_.omit(runFixture(transformer, fixture), ['send', 'dialogue']))).not.toContain('secret-');
  });
});
