import { z } from 'zod';

import { bindConfig, secretValuesIn } from '../../core/bind.ts';
import { type Destination, isRejecting, type SendingDestination } from '../../core/definition.ts';
import { describe } from '../../core/describe.ts';
import { hiddenIn, type Schema } from '../../core/secrets.ts';
import type { Fixture } from '../fixture.ts';

interface ConfigSchema {
  properties: Record<string, { description?: string }>;
}

/** The review of a definition and its set of fixtures. */
export function reviewDefinition(destination: Destination, fixtures: readonly Fixture[]): string[] {
  const findings = reviewPage(destination);
  if (isRejecting(destination)) return findings;
  const { properties } = z.toJSONSchema(destination.config, { io: 'input' }) as unknown as ConfigSchema;
  return [
    ...findings,
    ...reviewConfig(properties),
    ...reviewSecrets(destination, fixtures),
    ...reviewExamples(destination),
    ...reviewEmptyConfig(destination),
    ...reviewCases(fixtures),
  ];
}

function reviewPage({ docs }: Destination): string[] {
  return new URL(docs).protocol === 'https:' ? [] : ['docs does not link to the vendor’s page over https'];
}

function reviewConfig(properties: ConfigSchema['properties']): string[] {
  return Object.entries(properties)
    .filter(([, { description = '' }]) => description.trim() === '')
    .map(([field]) => `config.${field} has no description`);
}

/** The values that a schema marks as secret. */
const markedIn = (type: z.ZodType, value: unknown) =>
  hiddenIn(z.toJSONSchema(type, { io: 'input' }) as Schema, value).filter(({ isMarked }) => isMarked);

function reviewSecrets(
  { config: type, delivery, examples, deliveryExample }: SendingDestination,
  fixtures: readonly Fixture[],
): string[] {
  const inDelivery = delivery === undefined ? [] : markedIn(delivery, deliveryExample);
  const configs: [string, unknown][] = [
    ...Object.entries(examples).map(([mode, config]): [string, unknown] => [`the example ${mode}`, config]),
    ...fixtures.map(({ name, config }): [string, unknown] => [`the fixture ${name}`, config]),
  ];
  const secrets = configs.flatMap(([where, config]) => markedIn(type, config).map((secret) => ({ ...secret, where })));
  if (secrets.length + inDelivery.length === 0) return ['no field of config or delivery is a secret'];
  const unhidden = Object.entries(examples)
    .filter(([, example]) => {
      const isGiven = markedIn(type, example).length > 0;
      return isGiven && secretValuesIn(type.safeParse(example).data).length === 0;
    })
    .map(
      ([mode]) => `the example ${mode} passes a secret to the mapper as plain text; declare the field with secret()`,
    );
  const misspelt = secrets
    .filter(({ path: [field], value }) => !JSON.stringify(value).includes(`secret-${String(field)}`))
    .map(({ path: [field], where }) => {
      const name = String(field);
      return `${where} must set config.${name} to "secret-${name}", so that tests can search for it`;
    });
  return [...unhidden, ...misspelt];
}

function reviewExamples(destination: SendingDestination): string[] {
  const { examples, deliveryExample } = destination;
  const findings = Object.entries(examples).flatMap(([mode, config]) => {
    const bound = bindConfig(destination, config, deliveryExample);
    return 'outcome' in bound ? [`the example ${mode} is not valid: ${bound.message}`] : [];
  });
  // This binds the examples too.
  if (findings.length === 0) JSON.stringify(describe(destination));
  return findings;
}

function reviewEmptyConfig(destination: SendingDestination): string[] {
  const bound = bindConfig(destination, {}, {});
  const names = 'outcome' in bound && bound.code === 'CONFIG_INVALID' && /^config\.\w/.test(bound.path ?? '');
  return names ? [] : ['an empty config fails without naming a field'];
}

/** The fixtures that every sending destination has, and their outcomes. */
const wantedCases = { full: 'send', minimal: 'send', 'missing-required': 'fail' };

function reviewCases(fixtures: readonly Fixture[]): string[] {
  return Object.entries(wantedCases).flatMap(([name, outcome]) => {
    const fixture = fixtures.find((candidate) => candidate.name === name);
    if (fixture === undefined) return [`the fixture ${name} is missing`];
    return outcome in (fixture.expected ?? {}) ? [] : [`the fixture ${name} must expect a ${outcome}`];
  });
}
