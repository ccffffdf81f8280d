import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { pino } from 'pino';
import request from 'supertest';

import { createApp } from '../../src/http/app.ts';
import { Load, type ShedReason } from '../../src/http/load.ts';
import { registry } from '../support/project.ts';

/*
 * What operators see of the service, and how it protects itself.
 */

const options = { registry, version: '1.2.3', limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 } };
const event = { type: 'group', groupId: 'g', messageId: 'message-1', userId: 'u', timestamp: '2026-01-02T03:04:05Z' };
const secret = 'secret-apiKey';
const pair = { event, destination: { name: 'stormly', config: { apiKey: secret } } };

/** The series of an application whose name and labels start as given, with their values. */
async function series(app: ReturnType<typeof createApp>, start: string): Promise<Record<string, number>> {
  const { text } = await request(app).get('/metrics').expect(200);
  const lines = text.split('\n').filter((line) => line.startsWith(start));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('metrics', () => {
  const counted = (destination: string, outcome: string, code = '') =>
    `transformer_events_total{destination="${destination}",outcome="${outcome}",code="${code}"}`;

  it('appear with their first count, beside a few that are always there', async () => {
    const app = createApp({ ...options, load: new Load({ inFlightBytes: 7, eventLoopDelay: 1, heapPercent: 1 }) });
    expect(await series(app, 'transformer_')).toEqual({
      'transformer_build_info{version="1.2.3"}': 1,
      transformer_memory_limit_bytes: expect.any(Number) as number,
      transformer_inflight_limit_bytes: 7,
      transformer_inflight_bytes: 0,
      'transformer_shed_total{reason="bytes"}': 0,
      'transformer_shed_total{reason="event-loop"}': 0,
      'transformer_shed_total{reason="heap"}': 0,
    });
    await request(app).post('/transform').send(pair).expect(200);
    expect(await series(app, 'transformer_events_total')).toEqual({ [counted('stormly', 'send')]: 1 });
  });

  it('tell how much memory there is', async () => {
    const { transformer_memory_limit_bytes: limit } = await series(createApp(options), 'transformer_memory');
    expect(limit).toBeGreaterThan(process.memoryUsage().rss);
    expect(limit).toBeLessThanOrEqual(totalmem());
  });

  it('count each outcome once, whatever the route and the spelling of the name', async () => {
    const app = createApp(options);
    const items = [
      { message: event, destination: { Config: { apiKey: 'k' } } },
      { message: event, destination: { Config: {} } },
    ];
    const lines = [{ destinations: [{ name: 'Stormly', config: { apiKey: 'k' } }] }, { event }, 'broken'];
    await request(app).post('/transform').send(pair);
    await request(app)
      .post('/transform')
      .send({ event, destination: { name: 'x'.repeat(200) }, batch: true });
    await request(app).post('/v0/destinations/STORMLY').send(items);
    await request(app).post('/routerTransform').send({ input: items, destType: 'stormly' });
    await request(app)
      .post('/transform')
      .type('application/x-ndjson')
      .send(lines.map((line) => JSON.stringify(line)).join('\n'));
    const events = await series(app, 'transformer_events_total');
    const moved = Object.fromEntries(Object.entries(events).filter(([, count]) => count > 0));
    expect(moved).toEqual({
      [counted('stormly', 'send')]: 4,
      [counted('stormly', 'fail', 'CONFIG_INVALID')]: 2,
      [counted('other', 'fail', 'DESTINATION_UNKNOWN')]: 1,
    });
    const durations = await series(app, 'transformer_duration_seconds_count');
    expect(durations).toEqual({
      'transformer_duration_seconds_count{route="/transform"}': 3,
      'transformer_duration_seconds_count{route="/v0/destinations/:type"}': 1,
      'transformer_duration_seconds_count{route="/routerTransform"}': 1,
      'transformer_duration_seconds_count{route="other"}': 1,
    });
  });

  it('are written down once for those who ask at the same time', async () => {
    let written = 0;
    const expose = async () => {
      written++;
      await sleep(50);
      return 'metrics';
    };
    const app = createApp({ ...options, telemetry: { expose } });
    const server = app.listen(0);
    await Promise.all(Array.from({ length: 20 }, () => request(server).get('/metrics').expect(200)));
    server.close();
    expect(written).toBeLessThan(20);
    await request(app).get('/metrics').expect(200);
  });

  it('tell what a processor will not repeat, though it could', async () => {
    const app = createApp(options);
    const config = { apiKey: 'k', apiServer: 'standard', apiVersion: 'v2' };
    const items = [{ message: event, destination: { Config: config } }];
    await request(app).post('/v0/destinations/intercom').send(items).expect(200);
    await request(app).post('/routerTransform').send({ input: items, destType: 'intercom' }).expect(200);
    expect(await series(app, 'transformer_unretried_total')).toEqual({
      'transformer_unretried_total{destination="intercom",code="DIALOGUE_NEEDED"}': 1,
    });
  });
});

describe('the log', () => {
  const logged = (level: string) => {
    const lines: string[] = [];
    const log = pino({ level }, { write: (line: string) => lines.push(line) });
    return {
      app: createApp({ ...options, telemetry: { log } }),
      read: () => lines.map((line) => JSON.parse(line) as object),
    };
  };

  it('has at debug every request and every outcome, and no secret', async () => {
    const { app, read } = logged('debug');
    const config = { apiKey: secret, unknown: secret };
    await request(app)
      .post('/transform')
      .set('X-Request-Id', 'request-1')
      .set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
      .send({
        event,
        destinations: [
          { name: 'stormly', config },
          { name: 'nobody', config },
        ],
      });
    expect(read()).toMatchObject([
      { destination: 'stormly', config: { apiKey: '***', unknown: '***' }, messageId: 'message-1', outcome: 'send' },
      { destination: 'nobody', config: '***', outcome: 'fail', code: 'DESTINATION_UNKNOWN' },
      { requestId: 'request-1', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', route: '/transform', status: 200 },
    ]);
    expect(JSON.stringify(read())).not.toContain('secret-');
  });

  it('has at debug why, and what was warned of, on a pipeline’s route too', async () => {
    const { app, read } = logged('debug');
    await request(app)
      .post('/transform')
      .send({ event, destination: { name: 'stormly', config: { apikey: secret } } });
    const message = { ...event, integrations: 1 };
    const item = { message, destination: { Config: { apiKey: secret } }, metadata: { jobId: 1 } };
    await request(app)
      .post('/routerTransform')
      .send({ destType: 'stormly', input: [item] });
    expect(read()).toMatchObject([
      {
        code: 'CONFIG_INVALID',
        message: 'config.apiKey is required',
        warnings: [{ code: 'CONFIG_FIELD_UNKNOWN', path: 'config.apikey' }],
      },
      { route: '/transform' },
      { outcome: 'send', warnings: [{ code: 'INTEGRATIONS_MALFORMED' }] },
      { route: '/routerTransform' },
    ]);
    const { text } = await request(app).get('/metrics').expect(200);
    const counts = ['CONFIG_FIELD_UNKNOWN', 'INTEGRATIONS_MALFORMED'].map(
      (code) => `transformer_warnings_total{destination="stormly",code="${code}"} 1`,
    );
    for (const count of counts) expect(text).toContain(count);
    expect(JSON.stringify(read())).not.toContain('secret-');
  });

  it('is not longer for what is long', async () => {
    const { app, read } = logged('debug');
    const long = 'x'.repeat(200_000);
    const config = { [long]: 1, apiKey: 'k' };
    await request(app)
      .post('/transform')
      .send({ event: { ...event, messageId: long }, destinations: [{ name: 'stormly', config }, { name: long }] });
    expect(JSON.stringify(read()).length).toBeLessThan(30_000);
  });

  it('has at info only what is refused as a whole', async () => {
    const { app, read } = logged('info');
    await request(app).post('/transform').send(pair).expect(200);
    await request(app).post('/transform').send({ destination: pair.destination }).expect(400);
    expect(read()).toMatchObject([{ code: 'ENVELOPE_INVALID', path: 'events' }]);
  });
});

describe('a request', () => {
  const app = createApp(options);

  it.each(['request-1', 'a'.repeat(255)])('keeps the id %s that its client gives it', async (id) => {
    const { headers } = await request(app).get('/health').set('X-Request-Id', id);
    expect(headers['x-request-id']).toBe(id);
  });

  it.each(['', 'a b', 'a'.repeat(256), '<script>'])('gets its own id instead of "%s"', async (id) => {
    const { headers } = await request(app).get('/health').set('X-Request-Id', id);
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('gets its trace back if that is one', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect((await request(app).get('/health').set('traceparent', traceparent)).headers).toMatchObject({ traceparent });
    expect((await request(app).get('/health').set('traceparent', 'none')).headers.traceparent).toBeUndefined();
  });
});

describe('tokens', () => {
  const app = createApp({ ...options, tokens: ['token-1', 'token-2'] });

  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

  it.each(['Bearer token-1', 'bearer  token-2', basic(':token-1'), basic('me:token-2')])(
    '"%s" lets in',
    async (authorization) => {
      await request(app).post('/transform').set('Authorization', authorization).send(pair).expect(200);
      await request(app).get('/docs').set('Authorization', authorization).expect(200);
    },
  );

  it.each([
    '',
    'token-1',
    'Basic token-1',
    basic('token-1:'),
    basic(':token-1:'),
    'Bearer token-3',
    'Bearer token-1token-2',
    'Bearer ',
  ])('"%s" does not', async (authorization) => {
    for (const path of ['/transform', '/TRANSFORM/', '/destinations', '/destinations/stormly']) {
      const response = await request(app).get(path).set('Authorization', authorization);
      expect([path, response.status, response.headers['www-authenticate']]).toEqual([path, 401, 'Bearer']);
      expect(response.body).toMatchObject({ code: 'TOKEN_INVALID' });
    }
  });

  it('are what a browser asks for before it shows the docs', async () => {
    for (const path of ['/docs', '/docs/swagger-ui.css']) {
      const response = await request(app).get(path).expect(401);
      expect(response.headers['www-authenticate']).toMatch(/^Basic realm=/);
    }
  });

  it('are not asked for by what pipelines and probes call', async () => {
    await request(app).get('/features').expect(200);
    await request(app).get('/health').expect(200);
    await request(app).get('/metrics').expect(200);
  });
});

describe('under load', () => {
  const loaded = () => {
    const load = new Load({ inFlightBytes: 1_000, eventLoopDelay: 1e6, heapPercent: 100 });
    /** What is under way besides. */
    const other = {};
    return { load, other, app: createApp({ ...options, load }) };
  };
  const chunked = (app: ReturnType<typeof createApp>, body: string) => {
    const call = request(app).post('/transform').set('Content-Type', 'application/json');
    call.set('Transfer-Encoding', 'chunked');
    call.write(body);
    return call;
  };
  const large = JSON.stringify({ ...pair, event: { ...event, traits: { name: 'a'.repeat(2_000) } } });

  it('takes one body, however large', async () => {
    const { app } = loaded();
    await request(app).post('/transform').type('json').send(large).expect(200);
  });

  it.each(['/transform', '/v0/destinations/stormly', '/routerTransform', '/batch'])(
    'answers %s that the call must be repeated',
    async (path) => {
      const { load, other, app } = loaded();
      load.hold(other, 900);
      const response = await request(app).post(path).type('json').send(large).expect(503);
      expect(response.headers).toMatchObject({
        'retry-after': '1',
        'x-rudder-should-retry': 'true',
      });
      expect(response.body).toMatchObject({ code: 'SERVICE_OVERLOADED' });
      expect(load.inFlight).toBe(900);
      expect(await series(app, 'transformer_shed_total{reason="bytes"}')).toEqual({
        'transformer_shed_total{reason="bytes"}': 1,
      });
    },
  );

  it('counts bodies as they come, whatever their headers say', async () => {
    const { load, other, app } = loaded();
    load.hold(other, 900);
    await chunked(app, large).expect(503);
    expect(load.inFlight).toBe(900);
    load.release(other);
    await chunked(app, large).expect(200);
    expect(load.inFlight).toBe(0);
  });

  it('refuses streams too, and says on what a probe or a monitor asks', async () => {
    const { load, other, app } = loaded();
    load.hold(other, 1_001);
    await request(app).post('/transform').type('application/x-ndjson').send('{}').expect(503);
    for (const path of ['/health', '/ready', '/metrics']) await request(app).get(path).expect(200);
  });

  /** A load that has watched what keeps it busy until it refuses; `changes` are those that it tells of. */
  async function overloaded(limits: { eventLoopDelay: number; heapPercent: number }) {
    const changes: (ShedReason | undefined)[] = [];
    const load = new Load({ inFlightBytes: 1e6, ...limits }, { onChange: (change) => changes.push(change) });
    expect(load.reasonToRefuse(0)).toBeUndefined();
    load.watch();
    const until = performance.now() + 500;
    while (performance.now() < until);
    while (load.reasonToRefuse(0) === undefined) await new Promise(setImmediate);
    return { load, changes };
  }

  it('refuses for its heap', async () => {
    const { load } = await overloaded({ eventLoopDelay: 1e6, heapPercent: 0 });
    expect(load.reasonToRefuse(0)).toBe('heap');
  });

  it('refuses for its event loop, until that is over', async () => {
    const { load, changes } = await overloaded({ eventLoopDelay: 200, heapPercent: 100 });
    expect(load.reasonToRefuse(0)).toBe('event-loop');
    while (load.reasonToRefuse(0) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(changes).toEqual(['event-loop', undefined]);
  });
});
