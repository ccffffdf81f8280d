import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Progress } from '../../../src/cli/progress.ts';
import { post } from '../../support/api.ts';
import { runCommand } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';

const configs = { userpilot: { apiKey: 'k' }, loops: {}, amplitude: { apiKey: 'k' } };
const group = (groupId: string) => ({ type: 'group', groupId, timestamp: '2026-01-02T03:04:05Z' });
const lines = (...events: unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const parse = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

let folder: string;
let config: string;

const write = async (name: string, content: unknown) => {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  config = await write('config.json', configs);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('what is written', () => {
  it('is what the service answers to the same lines', async () => {
    const events = [group('a'), { type: 'track' }, 7, { event: group('b'), ref: { row: 4 } }];
    const { status, stdout } = await runCommand(['transform', '--config', config], { input: lines(...events) });
    expect(status).toBe(0);

    const destinations = Object.entries(configs).map(([name, given]) => ({ name, config: given }));
    const wrapped = events.map((event) => (typeof event === 'object' && 'event' in event ? event : { event }));
    const answer = await post(lines({ destinations }, ...wrapped), 'application/x-ndjson').buffer(true);
    const expected = parse(answer.text)
      .slice(0, -1)
      // The service's first line is that of the destinations.
      .map((result) => ({ ...result, line: (result.line as number) - 1 }));
    expect(parse(stdout)).toEqual(expected);
    expect(expected).toHaveLength(12);
  });

  it('tells of lines that cannot be read, and goes on', async () => {
    const input = `nope\n\n${lines(group('a'))}{"half":`;
    const { status, stdout, stderr } = await runCommand(['transform', '--to', 'loops'], { input });
    expect(status).toBe(0);
    expect(parse(stdout)).toMatchObject([
      {
        line: 1,
        outcome: 'fail',
        code: 'LINE_INVALID',
        message: 'the line is not JSON: at column 1, nope is not a JSON value',
      },
      { line: 3, event: 0, destinationId: 'loops', outcome: 'drop' },
      { line: 4, outcome: 'fail', code: 'LINE_INVALID' },
    ]);
    expect(stderr.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['fail', 'LINE_INVALID', '2'],
      ['loops', 'drop', 'GROUP_NOT_SUPPORTED', '1'],
      ['1 events, 3 results'],
      [''],
    ]);
  });

  it('is of the time that is given', async () => {
    // Which takes no events that are older than three days.
    const ga4 = { typesOfClient: 'gtag', apiSecret: 's', measurementId: 'G-1' };
    const file = await write('ga4.json', { ga4 });
    const input = lines({ ...group('a'), userId: 'u', anonymousId: 'a' });
    const outcomeAt = async (...now: string[]) => {
      const { stdout } = await runCommand(['transform', '--config', file, ...now], { input });
      return parse(stdout).map(({ outcome }) => outcome);
    };
    expect(await outcomeAt('--now', '2026-01-03')).toEqual(['send']);
    expect(await outcomeAt('--now', '2026-02-03')).toEqual(['fail']);
    expect(await outcomeAt()).toEqual(['fail']);
    const { status, stderr } = await runCommand(['transform', '--config', file, '--now', 'soon']);
    expect([status, stderr]).toEqual([2, expect.stringContaining("argument 'soon' is invalid")]);
  });
});

describe('what is read', () => {
  const read = async (input: string) => {
    const { stdout } = await runCommand(['transform', '--to', 'loops'], { input });
    return parse(stdout).map(({ line, event, outcome }) => [line, event, outcome]);
  };

  it('may be one event on several lines', async () => {
    expect(await read(`\n${JSON.stringify(group('a'), undefined, 2)}`)).toEqual([[undefined, 0, 'drop']]);
  });

  it('may be a list of events, on one line or on several', async () => {
    const events = [group('a'), group('b')];
    const expected = [0, 1].map((event) => [undefined, event, 'drop']);
    expect(await read(JSON.stringify(events))).toEqual(expected);
    expect(await read(`\uFEFF${JSON.stringify(events, undefined, 2)}`)).toEqual(expected);
  });

  it('may be nothing', async () => {
    const { status, stderr } = await runCommand(['transform', '--to', 'loops']);
    expect([status, stderr]).toEqual([0, '0 events, 0 results\n']);
  });

  it('may be files, which results then name', async () => {
    const files = [await write('a.ndjson', lines(group('a'), group('b'))), await write('b.json', group('c'))];
    const { stdout } = await runCommand(['transform', '--to', 'loops', ...files]);
    expect(parse(stdout)).toMatchObject([
      { file: files[0], line: 1, event: 0 },
      { file: files[0], line: 2, event: 1 },
      { file: files[1], event: 2 },
    ]);
  });

  it("is refused if it starts like a document and isn't one", async () => {
    const { status, stderr, stdout } = await runCommand(['transform', '--to', 'loops'], { input: '[{"type":"gr' });
    expect([status, stderr, stdout]).toEqual([
      2,
      'error: standard input: the document is not JSON: at column 10, a string is not closed\n',
      '',
    ]);
  });

  it('is refused if it is not there', async () => {
    const { status, stderr } = await runCommand(['transform', '--to', 'loops', 'nowhere.json']);
    expect([status, stderr]).toEqual([2, 'error: nowhere.json: cannot be read: there is no such file\n']);
  });
});

describe('destinations', () => {
  const idsOf = async (...args: string[]) => {
    const { stdout } = await runCommand(['transform', ...args], { input: lines(group('a')) });
    return parse(stdout).map(({ destinationId }) => destinationId);
  };

  it('are those of the file, or the chosen ones in the order of choosing', async () => {
    expect(await idsOf('--config', config)).toEqual(['userpilot', 'loops', 'amplitude']);
    expect(await idsOf('--config', config, '--to', 'amplitude,userpilot')).toEqual(['amplitude', 'userpilot']);
  });

  it('may be a list as in the body of POST /transform, chosen by id or name', async () => {
    const file = await write('list.json', [
      { id: 'eu', name: 'userpilot', config: { apiKey: 'a' } },
      { id: 'us', name: 'userpilot', config: { apiKey: 'b' } },
      { name: 'loops', enabled: false },
    ]);
    expect(await idsOf('--config', file)).toEqual(['eu', 'us', 'loops']);
    expect(await idsOf('--config', file, '--to', 'us')).toEqual(['us']);
    expect(await idsOf('--config', file, '--to', 'userpilot')).toEqual(['eu', 'us']);
  });

  it.each<[string, string[], RegExp]>([
    [
      'of an unknown name',
      ['--to', 'userpiolt'],
      /^error: no destination is named "userpiolt"; did you mean "userpilot"\?\n$/,
    ],
    ['whose config is not valid', ['--to', 'stormly'], /^error: stormly: config\.apiKey is required\n$/],
    ['that are missing', [], /^error: no destinations: name them with --to, --config or both\n$/],
    [
      'in a file that is not there',
      ['--config', 'nowhere.json'],
      /^error: nowhere\.json: cannot be read: there is no such file\n$/,
    ],
  ])('%s are refused with status 2, before anything is read', async (_what, args, message) => {
    const { status, stdout, stderr } = await runCommand(['transform', ...args], { input: lines(group('a')) });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it("in a file that isn't JSON, or with unknown fields, are refused", async () => {
    for (const [content, message] of [
      ['{', 'bad.json: the document is not JSON: at column 2, '],
      ['7', 'bad.json: the file is neither'],
      [[{ name: 'loops', nabled: true }], 'bad.json: destinations[0].nabled is unknown; did you mean enabled?'],
      [[{ name: 'loops' }, { name: 'loops' }], 'bad.json: the id "loops" already belongs to destinations[0]'],
    ] as const) {
      const { status, stderr } = await runCommand(['transform', '--config', await write('bad.json', content)]);
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  it('with a field that is not known are warned of, and the field that may be meant is named', async () => {
    const file = await write('typo.json', { stormly: { apiKey: 'k', apikeyy: 'k' } });
    const { status, stderr } = await runCommand(['transform', '--config', file], { input: lines(group('a')) });
    expect(status).toBe(0);
    expect(stderr).toContain('warning: stormly: config.apikeyy is unknown and is ignored; did you mean apiKey?\n');
  });
});

it('ends with status 1 for failures only where that is asked for', async () => {
  const input = lines(group('a'));
  const failing = { loops: {}, braze: { restApiKey: 'k', dataCenter: 'US-01' } };
  const args = ['transform', '--config', await write('failing.json', failing)];
  expect((await runCommand(args, { input })).status).toBe(0);
  expect((await runCommand([...args, '--fail'], { input })).status).toBe(1);
  expect((await runCommand([...args, '--fail', '--to', 'loops'], { input })).status).toBe(0);
});

it('ends quietly where nobody reads on', async () => {
  const command = path.join(projectFolder, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [command, 'transform', '--to', 'loops']);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(lines(...Array.from({ length: 20_000 }, () => group('a'))));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([0, '']);
});

it('reads no faster than it is read', async () => {
  const command = path.join(projectFolder, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [command, 'transform', '--to', 'loops']);
  const chunk = lines(...Array.from({ length: 1_000 }, () => group('a')));
  let written = 0;
  // Nothing is read, so after pipes and buffers are full, nothing more is taken.
  const stuck = 200;
  while (written < stuck && (child.stdin.write(chunk) || (await drained()))) written++;
  expect(written).toBeLessThan(stuck);
  child.stdout.resume();
  child.stdin.end();
  expect(await once(child, 'close')).toEqual([0, null]);

  /** Whether the command takes more while it has not gone to sleep. */
  function drained(): Promise<boolean> {
    return Promise.race([
      once(child.stdin, 'drain').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 3_000, false)),
    ]);
  }
});

it('shows how far it is after a second, a few times per second, and cleans up', () => {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress({ write: (text: string) => written.push(text) > 0 }, () => now);
  for (now = 100; now < 2_000; now += 100) progress.show(now * 20);
  progress.end();
  expect(written).toEqual([
    '\r\u001b[K20,000 events, 20,000 per second',
    '\r\u001b[K24,000 events, 20,000 per second',
    '\r\u001b[K28,000 events, 20,000 per second',
    '\r\u001b[K32,000 events, 20,000 per second',
    '\r\u001b[K36,000 events, 20,000 per second',
    '\r\u001b[K',
  ]);

  now = 0;
  const short = new Progress({ write: (text: string) => written.push(text) > 0 }, () => now);
  short.show(1);
  short.end();
  expect(written).toHaveLength(6);
});
