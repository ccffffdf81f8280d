import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import _ from 'lodash';
import { loadFixtures, type Fixture } from '../../src/cli/fixture.ts';

/*
 * How fast the service is, as a ratio to the floor (see floor.ts) that is driven with the same bytes in the same run:
 *   npm run bench                      every sending destination
 *   npm run bench -- june braze        some of them
 *   npm run bench -- --seconds 5       longer
 *
 * The machine may be shared, so only ratios mean anything, and none that is closer to 1 than floor against floor.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' } },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const BATCHES = [100, 1];

const projectFolder = path.resolve(import.meta.dirname, '../..');

interface Server {
  url: string;
  stop: () => void;
}

interface Load {
  /** Events per request. */
  batch: number;
  body: string;
}

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    const [, match] = pattern.exec(output) ?? [];
    if (match !== undefined) return match;
  }
  throw new Error(`a server did not start: ${output}`);
}

async function start(args: string[], pattern: RegExp, input = ''): Promise<Server> {
  const child = spawn(process.execPath, args, {
    cwd: projectFolder,
    env: { ...process.env, PORT: '0', NODE_ENV: 'production' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  const port = await firstMatch(child, pattern);
  return { url: `http://127.0.0.1:${port}/transform`, stop: () => child.kill() };
}

const startService = () => start(['dist/src/http/server.js'], /localhost:(\d+)/);
const startFloor = (answer: string) => start(['--import', 'tsx', 'test/bench/floor.ts'], /^(\d+)/, answer);

/** The event and the config of a destination's fixture `full`, which it is known to send. */
function loadOf({ destination, event, config }: Fixture, batch: number): Load {
  const events = _.times(batch, (index) => ({ ...event, messageId: `message-${String(index)}` }));
  return { batch, body: JSON.stringify({ events, destinations: [{ name: destination, config }] }) };
}

/** Events per second. */
async function drive({ url }: Server, { batch, body }: Load): Promise<number> {
  const options = { url, method: 'POST' as const, headers: { 'content-type': 'application/json' }, body };
  const result = await autocannon({ ...options, connections: 8, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url} failed under load`);
  return (result.requests.total / result.duration) * batch;
}

/** Drives two servers in turn, each round in the other order, and takes the medians. */
async function compare(a: Server, b: Server, load: Load): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []];
  for (const round of _.range(rounds)) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      rates[which].push(await drive([a, b][which] as Server, load));
    }
  }
  return [median(rates[0]), median(rates[1])];
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const geometricMean = (numbers: number[]) => Math.exp(_.mean(numbers.map(Math.log)));

function print(label: string, [service, floor]: [number, number]): number {
  const ratio = service / floor;
  const rate = (events: number) => `${Math.round(events).toLocaleString('en')}/s`.padStart(12);
  console.log(`${label.padEnd(22)}${rate(service)}${rate(floor)}${ratio.toFixed(3).padStart(9)}`);
  return ratio;
}

async function answerOf({ url }: Server, { body }: Load): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await response.text();
  const { results } = JSON.parse(text) as { results: { outcome: string }[] };
  if (results.some(({ outcome }) => outcome !== 'send'))
    throw new Error(`not every event is sent: ${text.slice(0, 400)}`);
  return text;
}

const service = await startService();
try {
  const fixtures = (await loadFixtures(path.join(projectFolder, 'fixtures'))).filter(
    ({ name, destination, expected }) =>
      name === 'full' &&
      expected !== undefined &&
      'send' in expected &&
      (positionals.length === 0 || positionals.includes(destination)),
  );

  for (const batch of BATCHES) {
    console.log(
      `\nbatch ${String(batch)}`.padEnd(23) + 'service'.padStart(12) + 'floor'.padStart(12) + 'ratio'.padStart(9),
    );
    const ratios: number[] = [];
    for (const [index, fixture] of fixtures.entries()) {
      const load = loadOf(fixture, batch);
      const answer = await answerOf(service, load);
      const floor = await startFloor(answer);
      try {
        for (const server of [service, floor]) await drive(server, load);
        if (index === 0) {
          const other = await startFloor(answer);
          await drive(other, load);
          print('floor against floor', await compare(other, floor, load));
          other.stop();
        }
        ratios.push(print(fixture.destination, await compare(service, floor, load)));
      } finally {
        floor.stop();
      }
    }
    console.log(`${'geometric mean'.padEnd(46)}${geometricMean(ratios).toFixed(3).padStart(9)}`);
  }
} finally {
  service.stop();
}
