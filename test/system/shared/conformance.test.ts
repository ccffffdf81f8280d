import path from 'node:path';
import { runNode } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';
import { killAll, ready, start } from '../../support/service.ts';

/*
 * The exchanges recorded between a pipeline and its transformer, played against the built service; the player also
 * answers for the vendors that must be asked first, as they were recorded to. What is answered otherwise on purpose
 * stands in waivers.json and waivers-streams.json with its reason.
 *
 * @requires ../shared/conformance
 */

const folder = path.resolve(projectFolder, '../shared/conformance');
const waivers = path.join(import.meta.dirname, 'waivers.json');
const ofStreams = path.join(import.meta.dirname, 'waivers-streams.json');

/** Where the player listens for vendors. */
const VENDORS_PORT = '9555';

let url: string;

beforeAll(async () => {
  const gateway = `http://127.0.0.1:${VENDORS_PORT}`;
  url = await ready(start({ VENDOR_CALLS: 'inline', VENDOR_GATEWAY_URL: gateway }));
});

afterAll(killAll);

it.each([
  ['as they were recorded', []],
  ['compacted', ['--compacted']],
  ['of all kinds', ['--cases', path.join(folder, 'generated'), '--kinds']],
  ['of streams', ['--cases', path.join(folder, 'streams'), '--kinds', '--waivers', ofStreams]],
])('the exchanges %s are answered as they were, or otherwise with a reason', async (_what, flags) => {
  const args = [path.join(folder, 'run.mjs'), url, '--vendors', VENDORS_PORT, '--waivers', waivers, ...flags];
  const { status, stdout, stderr } = await runNode(args);
  expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
});
