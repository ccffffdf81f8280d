import request from 'supertest';
import type { Express } from 'express';
import { differences, toExpectation, type Exchange } from '../../src/verify/fixture.ts';
import type { Answer } from '../../src/contract/dialogue.ts';
import { results } from '../../src/contract/results.ts';
import { createApp } from '../../src/http/app.ts';
import { fixtures, registry } from '../support/project.ts';

const onError = (error: unknown) => {
  throw error;
};
const cases = fixtures.map((fixture) => [`${fixture.destination}/${fixture.name}`, fixture] as const);

/** Transforms one pair, answering for its vendor as long as it is asked. */
async function converse(app: Express, call: object, given: readonly Answer[]) {
  const remaining = [...given];
  const dialogue: Exchange[] = [];
  const answers: Record<string, Answer> = {};
  for (let more = {}; ;) {
    const response = await request(app)
      .post('/transform')
      .send({ ...call, ...more })
      .expect(200);
    const [result] = results.parse(response.body).results;
    if (result === undefined) throw new Error('there is no result');
    if (result.outcome !== 'ask') return { result, dialogue };
    for (const { key, request: ask } of result.asks) {
      const answer = remaining.shift();
      if (answer === undefined) throw new Error('the fixture has no answer to an ask');
      answers[key] = answer;
      dialogue.push({ ask, answer });
    }
    more = { resume: [{ event: 0, destination: 0, ...result.resumeWith, answers }] };
  }
}

describe.each(cases)('%s', (_name, fixture) => {
  it('has the expected outcome over HTTP too', async () => {
    const app = createApp({
      registry,
      version: '0.0.0',
      bodyLimit: 1e6,
      pipelineBodyLimit: 1e6,
      onError,
      now: () => fixture.now,
    });
    const { event, destination: name, config, delivery } = fixture;
    const call = { event, destination: { name, config, delivery }, dialogues: 'ask' };
    const { result, dialogue } = await converse(app, call, fixture.answers);
    const actual = { ...toExpectation(result), ...(dialogue.length > 0 && { dialogue }) };
    expect(differences(fixture.expected, actual)).toEqual([]);
  });
});
