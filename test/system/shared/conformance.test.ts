import { readdirSync } from 'node:fs';
import path from 'node:path';

import _ from 'lodash';

import { recordedTypes } from '../../conformance/exchanges.ts';
import { play, startPlay } from '../../conformance/play.ts';
import { Judge } from '../../conformance/waivers.ts';
import { projectFolder } from '../../support/project.ts';

/*
 * The exchanges recorded between a pipeline and its transformer, played against the built service; vendors that must be
 * asked first answer as they were recorded to. What is answered otherwise on purpose stands in `test/conformance`, with
 * its reason, and hides nothing else: hardly a value of our requests could be another without a failure here.
 *
 * @requires ../shared/conformance
 */

/** The most of the values of a type's requests that may be changed or deleted unnoticed. */
const MOST_UNGUARDED = 0.05;

const types = recordedTypes();
let started: Awaited<ReturnType<typeof startPlay>>;

beforeAll(async () => {
  started = await startPlay();
});

afterAll(() => {
  started.stop();
});

it.each(types)('the exchanges of %s are answered as they were, or otherwise with a reason', async (type) => {
  const { complaints, guard } = await play(started.url, type);
  expect(complaints).toEqual({});
  expect(guard.unguarded.slice(Math.floor(guard.leaves * MOST_UNGUARDED))).toEqual([]);
});

it('each waiver and each answer that stands in for another says who decides so, and is of a recorded type', () => {
  const judges = types.map((type) => new Judge(type));
  const decisions = judges.flatMap(({ waivers, standIns }) => [...waivers, ...standIns]);
  expect(decisions.filter(({ reason }) => reason === '')).toEqual([]);
  const files = ['waivers', 'stand-ins'].flatMap((name) =>
    readdirSync(path.join(projectFolder, 'test/conformance', name)),
  );
  expect(
    _.difference(
      files,
      types.map((type) => `${type}.json`),
    ),
  ).toEqual([]);
});
