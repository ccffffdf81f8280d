import request from 'supertest';

import { app } from '../../support/api.ts';
import { appWithPage } from '../../support/browser.ts';

const withPage = appWithPage();

async function getPage() {
  const response = await request(withPage)
    .get('/')
    .expect(200)
    .expect('Content-Type', /^text\/html/);
  const policy = response.get('Content-Security-Policy') ?? '';
  return { html: response.text, policy, response };
}

it('GET / is the page, or nothing if it is turned off', async () => {
  const { html } = await getPage();
  expect(html).toContain('<title>Group Transformer</title>');
  const response = await request(app).get('/').expect(404);
  expect(response.body).toMatchObject({ code: 'NOT_FOUND' });
});

it('the page may run and load nothing but its own files', async () => {
  const { policy, response } = await getPage();
  const directives = policy.split('; ').map((directive) => directive.replace(/'nonce-[^']+'/, "'nonce'"));
  expect(directives).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'nonce'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(response.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
});

it('each answer has a nonce of its own', async () => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const { html, policy } = await getPage();
      const [, nonce = ''] = /'nonce-([^']+)'/.exec(policy) ?? [];
      expect(html).toContain(`nonce="${nonce}"`);
      expect(html).not.toContain('__CSP_NONCE__');
      return nonce;
    }),
  );
  expect(new Set(nonces).size).toBe(2);
});

it('what the page loads is there, and may be kept', async () => {
  const { html } = await getPage();
  const files = [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, file]) => file ?? '');
  expect(files.length).toBeGreaterThanOrEqual(3);
  for (const file of files) {
    const { headers } = await request(withPage).get(file).set('Accept-Encoding', 'gzip').expect(200);
    expect(headers['content-encoding']).toBe(file.endsWith('.svg') ? undefined : 'gzip');
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
  }
});

it.each([
  '/assets/../index.html',
  '/assets/..%2findex.html',
  '/assets/%2e%2e/%2e%2e/src/http/server.js',
  '/assets/..%5c..%5cpackage.json',
  '/assets/',
  '/assets/nothing.js',
  '/index.html',
])('%s leads to no file', async (path) => {
  const response = await request(withPage).get(path);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  expect(response.body).toMatchObject({ code: expect.stringMatching(/^(NOT_FOUND|BODY_UNREADABLE)$/) as unknown });
});
