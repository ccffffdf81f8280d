import type { Result } from '../../src/contract/results.ts';
import { createApp } from '../../src/http/app.ts';
import { clientAt, serve } from './client.ts';
import { registry } from './project.ts';

export const BODY_LIMIT = 2_000_000;

const unexpected: unknown[] = [];

/** The time of the application; that of the machine where none is set. */
export const clock: { now?: Date } = {};

/** The application as it is served; what it reports as its own failure is kept for `expectNoErrors`. */
export const app = createApp({
  registry,
  now: () => clock.now ?? new Date(),
  version: '1.2.3',
  limits: { bodyBytes: BODY_LIMIT, pipelineBodyBytes: 20_000_000 },
  telemetry: { onError: (error) => unexpected.push(error) },
});

export const url = await serve(app);
export const client = clientAt(url);

/** Fails if the service has reported a failure of its own since the last call. */
export function expectNoErrors(): void {
  expect(unexpected.splice(0)).toEqual([]);
}

/** Posts a value as JSON, or text as it is. */
export function post(body: unknown, contentType = 'application/json', query = '') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return client.post(`/transform${query}`).set('Content-Type', contentType).send(text);
}

/** Transforms and returns the results. */
export async function transform(body: unknown, query = ''): Promise<Result[]> {
  const response = await post(body, 'application/json', query).expect(200);
  return (response.body as { results: Result[] }).results;
}
