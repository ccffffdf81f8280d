import { foldIntegrations, readIntegrations } from '../../src/core/integrations.ts';
import type { Json } from '../../src/core/json.ts';

const names = new Set(['mixpanel', 'mp', 'mixpanel (actions)']);

function read(integrations: Json | undefined) {
  const warnings: string[] = [];
  const decision = readIntegrations(foldIntegrations(integrations), names, (_code, path) => warnings.push(path));
  return { ...decision, warnings };
}

it.each<[string, Json | undefined]>([
  ['absent', undefined],
  ['null', null],
  ['empty', {}],
  ['All on', { All: true }],
  ['All on as text', { All: 'true' }],
  ['others off', { All: true, Amplitude: false }],
  ['All off but this on', { All: false, Mixpanel: true }],
  ['this on by an alias', { All: false, MP: 'true' }],
  ['this on by a title in another case', { all: false, 'MIXPANEL (actions)': true }],
])('lets an event through: %s', (_name, integrations) => {
  expect(read(integrations)).toEqual({ warnings: [] });
});

it.each<[string, Json, string]>([
  ['All off', { All: false }, 'All'],
  ['All off as text', { All: 'False' }, 'All'],
  ['this off', { Mixpanel: false }, 'Mixpanel'],
  ['this off as text', { mp: 'false' }, 'mp'],
  ['off in one of several spellings', { Mixpanel: true, MP: false, mixpanel: {} }, 'MP'],
])('keeps an event back: %s', (_name, integrations, refusedBy) => {
  expect(read(integrations)).toMatchObject({ refusedBy, warnings: [] });
});

it('takes an object for on, with options', () => {
  expect(read({ All: false, MP: { a: 1 } })).toEqual({
    options: { path: 'integrations.MP', values: { a: 1 } },
    warnings: [],
  });
});

it.each<[Json, string]>([
  ['all', 'integrations'],
  [[true], 'integrations'],
  [{ All: 1 }, 'integrations.All'],
  [{ Mixpanel: null }, 'integrations.Mixpanel'],
  [{ Mixpanel: 'yes' }, 'integrations.Mixpanel'],
  [{ Mixpanel: [] }, 'integrations.Mixpanel'],
])('ignores %j with a warning', (integrations, path) => {
  expect(read(integrations)).toEqual({ warnings: [path] });
});
