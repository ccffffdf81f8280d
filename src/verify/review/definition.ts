import { z } from 'zod';
import { bindConfig, secretValuesIn } from '../../core/bind.ts';
import { isRejecting, type Destination, type SendingDestination } from '../../core/definition.ts';
import { describe } from '../../core/describe.ts';
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
    ...reviewSecrets(properties, destination, fixtures),
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

/** Whether a schema is of a secret or has one in it. */
function isSecret(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && ('secret' in schema || Object.values(schema).some(isSecret));
}

function reviewSecrets(
  properties: ConfigSchema['properties'],
  { config, delivery, examples }: SendingDestination,
  fixtures: readonly Fixture[],
): string[] {
  const secrets = Object.keys(properties).filter((field) => isSecret(properties[field]));
  const isDelivered = delivery !== undefined && isSecret(z.toJSONSchema(delivery, { io: 'input' }));
  if (secrets.length === 0 && !isDelivered) return ['no field of config or delivery is a secret'];
  const configs: [string, unknown][] = [
    ...Object.entries(examples).map(([mode, config]): [string, unknown] => [`the example ${mode}`, config]),
    ...fixtures.map(({ name, config }): [string, unknown] => [`the fixture ${name}`, config]),
  ];
  const unhidden = Object.entries(examples)
    .filter(([, example]) => {
      const isGiven = secrets.some((field) => Object.hasOwn(example as object, field));
      return isGiven && secretValuesIn(config.safeParse(example).data).length === 0;
    })
    .map(([mode]) => `the example ${mode} gives the mapper a secret as plain text; make the field with secret()`);
  const misspelt = configs.flatMap(([where, config]) =>
    secrets
      .filter((field) => {
        const value = (config as Record<string, unknown>)[field] ?? `secret-${field}`;
        return !JSON.stringify(value).includes(`secret-${field}`);
      })
      .map((field) => `${where} does not spell config.${field} "secret-${field}", so that it can be looked for`),
  );
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
