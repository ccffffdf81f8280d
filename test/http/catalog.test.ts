import request from 'supertest';

import { createApp } from '../../src/http/app.ts';
import { app, expectNoErrors } from '../support/api.ts';
import { registry } from '../support/project.ts';

afterEach(expectNoErrors);

async function get(path: string): Promise<unknown> {
  const response = await request(app).get(path).expect(200);
  return response.body;
}

it('GET /destinations lists every destination in short', async () => {
  const { destinations } = (await get('/destinations')) as { destinations: { name: string }[] };
  expect(destinations.map(({ name }) => name)).toEqual(registry.destinations.map(({ name }) => name));
  expect(destinations).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        name: 'stormly',
        title: 'Stormly',
        accepts: { group: true, groupId: true, traits: true },
      }),
      expect.objectContaining({ name: 'splitio', accepts: { group: true, groupId: false, traits: true } }),
      expect.objectContaining({
        name: 'loops',
        accepts: { group: false, groupId: false, traits: false },
        reason: expect.stringContaining('contacts') as unknown,
      }),
    ]),
  );
});

it('GET /destinations/:name tells everything about one, by any of its names', async () => {
  const body = await get('/destinations/BRAZE');
  expect(body).toMatchObject({
    name: 'braze',
    docs: expect.stringContaining('https://') as unknown,
    hosts: expect.arrayContaining(['rest.iad-01.braze.com', 'rest.fra-01.braze.eu']) as unknown,
    config: {
      type: 'object',
      required: ['restApiKey', 'dataCenter'],
      properties: { restApiKey: { type: 'string', secret: true, description: 'REST API key' } },
    },
    traits: { name: [] },
  });
  expect((body as { lineage: object }).lineage).toHaveProperty('attribute');
  expect(await get('/destinations/mp')).toMatchObject({ name: 'mixpanel' });
  expect(await get('/destinations/userpilot')).toMatchObject({ traits: { email: ['requests[0].body.json.metadata'] } });
});

it('GET /destinations?details=true tells everything about each', async () => {
  const { destinations } = (await get('/destinations?details=true')) as { destinations: { name: string }[] };
  expect(destinations.map(({ name }) => name)).toEqual(registry.destinations.map(({ name }) => name));
  for (const name of ['userpilot', 'loops']) {
    expect(destinations.find((one) => one.name === name)).toEqual(await get(`/destinations/${name}`));
  }
  const refused = await request(app).get('/destinations?details=yes').expect(400);
  expect(refused.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'details' });
});

it('GET /destinations/:name tells why a destination takes no groups', async () => {
  expect(await get('/destinations/loops')).toMatchObject({ name: 'loops', reason: expect.any(String) as unknown });
});

it('GET /health and GET /ready answer, the latter not while the service drains', async () => {
  await request(app).get('/health').expect(200, { status: 'ok', service: 'UP' });
  await request(app).get('/ready').expect(200, { status: 'ok', service: 'UP' });
  const draining = createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 1000, pipelineBodyBytes: 1000 },
    isReady: () => false,
  });
  await request(draining).get('/health').expect(200);
  await request(draining).get('/ready').expect(503, { status: 'draining' });
});

it('every answer carries the version, and none allows other origins', async () => {
  for (const path of ['/health', '/destinations', '/nothing']) {
    const { headers } = await request(app).get(path);
    expect(headers['transformer-version']).toBe('1.2.3');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers).not.toHaveProperty('x-powered-by');
  }
});
