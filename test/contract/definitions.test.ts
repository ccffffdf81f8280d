import { z } from 'zod';
import { bindConfig } from '../../src/core/bind.ts';
import { isRejecting, type RejectingDestination, type SendingDestination } from '../../src/core/definition.ts';
import { describe as describeDestination } from '../../src/core/describe.ts';
import { Transformer } from '../../src/core/transform.ts';
import { fixtures, registry } from '../support/project.ts';

const all = registry.destinations.map((destination) => [destination.name, destination] as const);
const senders = registry.destinations.flatMap((destination): [string, SendingDestination][] =>
  isRejecting(destination) ? [] : [[destination.name, destination]],
);
const rejecting = registry.destinations.flatMap((destination): [string, RejectingDestination][] =>
  isRejecting(destination) ? [[destination.name, destination]] : [],
);

interface ConfigSchema {
  properties: Record<string, { description?: string }>;
}

/** Whether a schema is of a secret or has one in it. */
const isSecret = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && ('secret' in schema || Object.values(schema).some(isSecret));

const configSchema = (destination: SendingDestination) =>
  z.toJSONSchema(destination.config, { io: 'input' }) as unknown as ConfigSchema;

describe.each(all)('%s', (name, destination) => {
  it('links to the vendor’s page over https', () => {
    expect(new URL(destination.docs).protocol).toBe('https:');
  });

  it('can be described', () => {
    expect(JSON.parse(JSON.stringify(describeDestination(destination)))).toMatchObject({
      name,
      accepts: { group: !isRejecting(destination) },
    });
  });
});

it.each(rejecting)('%s drops every group event, with its reason', (name, { reason }) => {
  const target = { id: name, name, config: {}, enabled: true };
  const transformer = new Transformer({ registry });
  expect(transformer.transform([{ payload: { type: 'group', groupId: 'g' } }], [target], new Date())).toEqual([
    { event: 0, destination: 0, destinationId: name, outcome: 'drop', code: 'GROUP_NOT_SUPPORTED', message: reason },
  ]);
});

describe.each(senders)('%s', (name, destination) => {
  const cases = fixtures.filter((fixture) => fixture.destination === name);

  it('describes every field of its config', () => {
    for (const [field, { description }] of Object.entries(configSchema(destination).properties)) {
      expect([field, description]).toEqual([field, expect.stringMatching(/\S/)]);
    }
  });

  it('has a secret in its config, spelt so in examples and fixtures that it can be looked for', () => {
    const { properties } = configSchema(destination);
    const secrets = Object.keys(properties).filter((field) => isSecret(properties[field]));
    const { delivery } = destination;
    expect(secrets.length > 0 || (delivery !== undefined && isSecret(z.toJSONSchema(delivery)))).toBe(true);
    for (const config of [...Object.values(destination.examples), ...cases.map((fixture) => fixture.config)]) {
      for (const field of secrets) {
        const value = (config as Record<string, unknown>)[field] ?? `secret-${field}`;
        expect(JSON.stringify(value)).toContain(`secret-${field}`);
      }
    }
  });

  it('binds each of its examples', () => {
    for (const config of Object.values(destination.examples)) {
      expect(bindConfig(destination, config, destination.deliveryExample)).toHaveProperty('lineage');
    }
  });

  it('has the fixtures that every sender has', () => {
    const wanted = ['full', 'minimal', 'missing-required'];
    expect(cases.map((fixture) => fixture.name)).toEqual(expect.arrayContaining(wanted));
  });

  it('sends the full and the minimal event and fails without what is required', () => {
    const outcomes = Object.fromEntries(cases.map((fixture) => [fixture.name, Object.keys(fixture.expected ?? {})[0]]));
    expect(outcomes).toMatchObject({ full: 'send', minimal: 'send', 'missing-required': 'fail' });
  });

  it('refuses an empty config without throwing, and names the field', () => {
    expect(bindConfig(destination, {}, {})).toMatchObject({
      code: 'CONFIG_INVALID',
      path: expect.stringMatching(/^config\.\w+/) as string,
    });
  });
});

it('has no fixtures of destinations that do not exist', () => {
  const names = new Set(registry.destinations.map(({ name }) => name));
  expect(fixtures.map(({ destination }) => destination).filter((name) => !names.has(name))).toEqual([]);
});
