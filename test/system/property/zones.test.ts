import { execFileSync } from 'node:child_process';
import path from 'node:path';

import fc from 'fast-check';

import { groupEvents } from '../../support/events.ts';
import { projectFolder } from '../../support/project.ts';

/** Transforms the events of its input for every destination, and prints the results. */
const script = `
  import { text } from 'node:stream/consumers';
  import { isRejecting } from './dist/src/core/definition.js';
  import { readEvent } from './dist/src/core/event.js';
  import { Transformer } from './dist/src/core/transform.js';
  import { loadRegistry } from './dist/src/loader/load.js';
  const registry = await loadRegistry();
  const targets = registry.destinations.filter((destination) => !isRejecting(destination)).map(({ name, examples }) => (
    { id: name, name, config: Object.values(examples)[0], enabled: true }));
  const events = JSON.parse(await text(process.stdin));
  const transformer = new Transformer({ registry });
  const results = targets.map((target) => transformer.bind(target)).flatMap((bound) =>
    events.map((payload) => bound.map(readEvent(payload), { now: new Date(0) })));
  console.log(new Date(2019, 6, 1).getTimezoneOffset());
  console.log(JSON.stringify(results));
`;

it('results are the same in every time zone and language', () => {
  const input = JSON.stringify(fc.sample(groupEvents, 300));
  const run = (TZ: string, LANG: string) => {
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: path.resolve(projectFolder),
      env: { TZ, LANG, LC_ALL: LANG },
      input,
      encoding: 'utf8',
      maxBuffer: 64e6,
    });
    return output.split('\n');
  };
  const [offset, results] = run('UTC', 'C');
  expect(offset).toBe('0');
  expect(results).toContain('"outcome":"send"');
  for (const [zone, language] of [
    ['Asia/Kolkata', 'hi_IN.UTF-8'],
    ['America/St_Johns', 'en_CA.UTF-8'],
    ['Pacific/Apia', 'tr_TR.UTF-8'],
  ] as const) {
    const [otherOffset, otherResults] = run(zone, language);
    expect(otherOffset).not.toBe('0');
    expect(otherResults).toBe(results);
  }
});
