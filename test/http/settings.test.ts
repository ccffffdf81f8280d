import { readSettings, warningsOf } from '../../src/http/settings.ts';

it.each(['', ' ', ' , '])('API_TOKENS "%s" does not leave the API open in silence', (value) => {
  expect(() => readSettings({ API_TOKENS: value })).toThrow('API_TOKENS: must have a token');
});

it('blank variables count as absent', () => {
  expect(readSettings({ PORT: ' ', PIPELINE_PORT: '' })).toMatchObject({ PORT: 9090 });
  expect(readSettings({})).not.toHaveProperty('API_TOKENS');
});

it('NODE_ENV may be written in any case', () => {
  expect(readSettings({ NODE_ENV: 'Production' }).NODE_ENV).toBe('production');
});

it('the upstream is waited for longer than the server waits for the service', () => {
  expect(readSettings({}).UPSTREAM_TIMEOUT).toBeGreaterThan(600);
});

it('an upstream that everybody reaches is warned of', () => {
  const upstream = { UPSTREAM_TRANSFORMER_URL: 'http://transformer:9090' };
  expect(warningsOf(readSettings(upstream))).toEqual([expect.stringContaining('PIPELINE_PORT')]);
  expect(warningsOf(readSettings({ ...upstream, PIPELINE_PORT: '9091' }))).toEqual([]);
});

it('deliveries are not open to everybody', () => {
  expect(() => readSettings({ DELIVER: 'true' })).toThrow('DELIVER: requires API_TOKENS');
  expect(readSettings({ DELIVER: 'true', API_TOKENS: 'token' })).toMatchObject({ DELIVER: true });
  expect(readSettings({})).toMatchObject({ DELIVER: false });
});

it('a playground that sends for everybody is warned of', () => {
  const sending = { PLAYGROUND_SEND: 'true' };
  expect(warningsOf(readSettings(sending))).toEqual([expect.stringContaining('API_TOKENS')]);
  expect(warningsOf(readSettings({ ...sending, API_TOKENS: 'token' }))).toEqual([]);
});

describe('a shadow', () => {
  const upstream = { UPSTREAM_TRANSFORMER_URL: 'http://transformer:9090' };
  const shadow = { UPSTREAM_MODE: 'shadow' };

  it('requires an upstream', () => {
    expect(() => readSettings(shadow)).toThrow('UPSTREAM_MODE: shadow requires UPSTREAM_TRANSFORMER_URL');
    expect(readSettings({ ...shadow, ...upstream })).toMatchObject({ UPSTREAM_MODE: 'shadow' });
    expect(readSettings(upstream)).toMatchObject({ UPSTREAM_MODE: 'split', UPSTREAM_DESTINATIONS: [] });
  });

  it('is what keeps events', () => {
    const folder = { SHADOW_PATH: '/kept' };
    expect(() => readSettings({ ...upstream, ...folder })).toThrow('SHADOW_PATH: requires UPSTREAM_MODE=shadow');
    expect(readSettings({ ...upstream, ...shadow, ...folder })).toMatchObject(folder);
  });

  it('leaves no destinations to divide', () => {
    const left = { UPSTREAM_DESTINATIONS: 'hubspot, AM' };
    expect(() => readSettings(left)).toThrow('UPSTREAM_DESTINATIONS: requires UPSTREAM_TRANSFORMER_URL');
    expect(() => readSettings({ ...upstream, ...shadow, ...left })).toThrow('UPSTREAM_DESTINATIONS: has no effect');
    expect(readSettings({ ...upstream, ...left }).UPSTREAM_DESTINATIONS).toEqual(['hubspot', 'AM']);
  });
});
