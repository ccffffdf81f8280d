import { validateHeaderName, validateHeaderValue } from 'node:http';

import _ from 'lodash';

import type { Request } from '../../contract/requests.ts';
import { isRejecting } from '../../core/definition.ts';
import { configuredUrl, hostMatches } from '../../core/hosts.ts';
import type { Registry } from '../../core/registry.ts';
import { Transformer } from '../../core/transform.ts';
import { differences, type Expectation, type Fixture, runFixture } from '../fixture.ts';
import { deepFreeze } from './freeze.ts';

/** The review of one fixture. */
export async function reviewFixture(registry: Registry, fixture: Fixture): Promise<string[]> {
  const errors: unknown[] = [];
  const transformer = new Transformer({ registry, onMapperError: (error) => errors.push(error) });
  const outcome = await runFixture(transformer, fixture);
  const frozen = { ...fixture, event: deepFreeze(fixture.event), config: deepFreeze(fixture.config) };
  const again = await runFixture(transformer, frozen);
  return [
    ...errors.map(String),
    ...reviewExpectation(fixture, outcome),
    ...(_.isEqual(again, outcome) ? [] : ['gives another result the second time, or changes the event or the config']),
    ...requestsOf(outcome).flatMap((request) => reviewRequest(request, allowedHosts(registry, fixture))),
    ...reviewSecrecy(outcome),
  ].map((finding) => `the fixture ${fixture.name}: ${finding}`);
}

function reviewExpectation({ expected }: Fixture, outcome: Expectation): string[] {
  if (expected === undefined) return ['has no expectation; run fixtures --update'];
  return differences(expected, outcome);
}

function requestsOf(outcome: Expectation): Request[] {
  const asked = (outcome.dialogue ?? []).map(({ ask }) => ask);
  return 'send' in outcome ? [...asked, ...outcome.send] : asked;
}

function allowedHosts(registry: Registry, { destination: name, config }: Fixture): readonly string[] {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) return [];
  if (!('fromConfig' in destination.hosts)) return destination.hosts;
  const configured = destination.config.parse(_.omitBy(config, (value) => value === '')) as Record<string, unknown>;
  return _.compact([configuredUrl(configured[destination.hosts.fromConfig])?.hostname]);
}

function reviewRequest({ method, url, headers, query, body }: Request, hosts: readonly string[]): string[] {
  const findings: string[] = [];
  const { protocol, hostname, href } = new URL(url);
  if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) findings.push(`${method} is not an HTTP method`);
  if (protocol !== 'https:' || href !== url) findings.push(`${url} is not an https URL in normal form`);
  if (!hostMatches(hostname, hosts)) findings.push(`${hostname} is not in hosts`);
  if (!isSound(headers)) findings.push('a header cannot be sent');
  const sent = body === undefined ? { query } : { query, body };
  if (!_.isEqual(JSON.parse(JSON.stringify(sent)), sent)) findings.push('query or body is not JSON');
  return findings;
}

function isSound(headers: Request['headers']): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return true;
  } catch {
    return false;
  }
}

function reviewSecrecy(outcome: Expectation): string[] {
  const text = JSON.stringify(_.omit(outcome, ['send', 'dialogue']));
  return text.includes('secret-') ? ['has a secret outside its requests'] : [];
}
