import { z } from 'zod';
import { bindConfig, secretValuesIn } from '../../core/bind.ts';
import { isRejecting, type Destination, type SendingDestination } from '../../core/definition.ts';
import { describe } from '../../core/describe.ts';
import { hiddenIn, type Schema } from '../../core/secrets.ts';
import type { Fixture } from '../fixture.ts';

interface ConfigSchema {
  properties: Record<string, { description?: string }>;
}

/** What a reviewer would say of a definition, and of which fixtures it has. */
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
    .map(([field]) => `config.${field} is not described`);
}

/** What a type marks as secret in a value. */
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
    .map(([mode]) => `the example ${mode} gives the mapper a secret as plain text; make the field with secret()`);
  const misspelt = secrets
    .filter(({ path: [field], value }) => !JSON.stringify(value).includes(`secret-${String(field)}`))
    .map(({ path: [field], where }) => {
      const name = String(field);
      return `${where} does not spell config.${name} "secret-${name}", so that it can be looked for`;
    });
  return [...unhidden, ...misspelt];
}

function reviewExamples(destination: SendingDestination): string[] {
  const { examples, deliveryExample } = destination;
  const findings = Object.entries(examples).flatMap(([mode, config]) => {
    const bound = bindConfig(destination, config, deliveryExample);
    return 'outcome' in bound ? [`the example ${mode} is not valid: ${bound.message}`] : [];
  });
  // It binds the examples too.
  if (findings.length === 0) JSON.stringify(describe(destination));
  return findings;
}

function reviewEmptyConfig(destination: SendingDestination): string[] {
  const bound = bindConfig(destination, {}, {});
  const names = 'outcome' in bound && bound.code === 'CONFIG_INVALID' && /^config\.\w/.test(bound.path ?? '');
  return names ? [] : ['an empty config is not refused by the name of a field'];
}

/** The fixtures that every sender has, and what comes of them. */
const wantedCases = { full: 'send', minimal: 'send', 'missing-required': 'fail' };

function reviewCases(fixtures: readonly Fixture[]): string[] {
  return Object.entries(wantedCases).flatMap(([name, outcome]) => {
    const fixture = fixtures.find((candidate) => candidate.name === name);
    if (fixture === undefined) return [`there is no fixture ${name}`];
    return outcome in (fixture.expected ?? {}) ? [] : [`the fixture ${name} is not expected to be a ${outcome}`];
  });
}
