import { validateHeaderName, validateHeaderValue } from 'node:http';
import _ from 'lodash';
import request from 'supertest';
import { differences, runFixture, toExpectation, type Expectation, type Fixture } from '../../src/cli/fixture.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { Request } from '../../src/core/outcome.ts';
import type { Result } from '../../src/core/result.ts';
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
    const response = await request(app)
      .post('/transform')
      .send({ event: fixture.event, destination: { name: fixture.destination, config: fixture.config } })
      .expect(200);
    const { results } = response.body as { results: Result[] };
    expect(results.map((result) => differences(fixture.expected, toExpectation(result)))).toEqual([[]]);
  });

  it('is mapped the same again, and leaves event and config as they were', () => {
    const frozen = { ...fixture, event: deepFreeze(fixture.event), config: deepFreeze(fixture.config) };
    const first = JSON.stringify(runFixture(new Transformer({ registry, onMapperError: onError }), frozen));
    expect(JSON.stringify(runFixture(transformer, frozen))).toBe(first);
  });

  it('sends well-formed requests, and to the declared hosts only', () => {
    for (const { method, url, headers, query, body } of sent(runFixture(transformer, fixture))) {
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
    const target = { id: 'a', name: fixture.destination, config: fixture.config, enabled: true };
    const [result] = transformer.transform([{ payload: fixture.event }], [target], fixture.now);
    expect(JSON.stringify(_.omit(result, 'requests'))).not.toContain('secret-');
  });
});
