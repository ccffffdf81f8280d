import { request } from 'undici';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { AskOutcome, Result } from '../../src/contract/results.ts';
import type { Exchange, Fixture } from '../../src/verify/fixture.ts';
import { url } from './api.ts';
import { envelopeFaults, faults } from './description.ts';

/** Posts an envelope, and holds it and its answer to what the API says of itself. */
export async function transformAsDescribed<T>(envelope: object, query = ''): Promise<T> {
  // As it arrives: fields that are undefined are not there.
  const body = JSON.stringify(envelope);
  const headers = { 'Content-Type': 'application/json' };
  const response = await request(`${url}/transform${query}`, { method: 'POST', headers, body });
  const [type = ''] = String(response.headers['content-type']).split(';');
  const answer = (await response.body.json()) as T;
  // At once, since there are many calls, and each `expect` costs as much as a small one.
  expect({
    ofEnvelope: envelopeFaults(JSON.parse(body)),
    status: response.statusCode,
    ofAnswer: faults('/transform', 'post', 200, type, answer),
  }).toEqual({ ofEnvelope: [], status: 200, ofAnswer: [] });
  return answer;
}

/** One (event, destination) pair, as often as its vendor was asked; the last turn has the result. */
export interface Conversation {
  turns: (Result | Result<AskOutcome>)[];
  dialogue: Exchange[];
}

export const envelopeOf = ({ event, destination: name, config, delivery }: Fixture) => ({
  events: [{ event, ref: name }],
  destination: { name, config, ...(delivery && { delivery }) },
});

/** Transforms the one pair of a fixture, whose vendor answers as the fixture says. */
export async function converse(fixture: Fixture, query = ''): Promise<Conversation> {
  const remaining = [...fixture.answers];
  const answers: Record<string, Answer> = {};
  const conversation: Conversation = { turns: [], dialogue: [] };
  for (let more = {}; ;) {
    const envelope = { ...envelopeOf(fixture), dialogues: 'ask', ...more };
    const { results } = await transformAsDescribed<{ results: [Result | Result<AskOutcome>] }>(envelope, query);
    const [result] = results;
    conversation.turns.push(result);
    if (result.outcome !== 'ask') return conversation;
    for (const { key, request: ask } of result.asks) {
      const answer = remaining.shift();
      if (answer === undefined) throw new Error('the fixture has no answer to an ask');
      answers[key] = answer;
      conversation.dialogue.push({ ask, answer });
    }
    more = { resume: [{ event: 0, destination: 0, ...result.resumeWith, answers }] };
  }
}
