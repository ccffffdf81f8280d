import { readFile } from 'node:fs/promises';
import path from 'node:path';
import request from 'supertest';
import { app } from '../support/api.ts';
import { runCommand } from '../support/command.ts';
import { projectFolder, registry } from '../support/project.ts';

describe('destinations', () => {
  it('are listed, a line for each', async () => {
    const { status, stdout } = await runCommand(['destinations']);
    const rows = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(registry.destinations.map(({ name }) => name));
    expect(rows).toContainEqual(expect.stringMatching(/^june +June +ids, traits$/));
    expect(rows).toContainEqual(expect.stringMatching(/^loops +Loops +takes no groups$/));
  });

  it('are described', async () => {
    const { stdout } = await runCommand(['destinations', 'Actions-Userpilot-Cloud']);
    expect(stdout).toMatch(/^Userpilot\n\nname +userpilot\ndocs +https:\/\/docs\.userpilot\.com/);
    expect(stdout).toMatch(/^ {2}apiKey +required secret +HTTP API key$/m);
    expect(stdout).toMatch(/^eu\n[^]*^ {2}requests\[0\]\.body\.json\.company_id +groupId$/m);

    const { stdout: zendesk } = await runCommand(['destinations', 'zendesk']);
    expect(zendesk).toMatch(/^ {2}createUsersAsVerified +boolean default false +\S/m);

    const { stdout: rejecting } = await runCommand(['destinations', 'loops']);
    expect(rejecting).toMatch(/^groups +none: Loops knows contacts/m);
  });

  it('are JSON as the service answers it', async () => {
    const list = await runCommand(['destinations', '--json']);
    const one = await runCommand(['destinations', 'june', '--json']);
    const [listed, described] = [await request(app).get('/destinations'), await request(app).get('/destinations/june')];
    expect({ destinations: JSON.parse(list.stdout) as unknown }).toEqual(listed.body);
    expect(JSON.parse(one.stdout)).toEqual(described.body);
  });

  it('are refused with status 2 where they are not known', async () => {
    for (const command of ['destinations', 'check']) {
      const { status, stderr } = await runCommand([command, 'nowhere']);
      expect([status, stderr]).toEqual([2, 'error: no destination is named "nowhere"; "destinations" lists them\n']);
    }
  });
});

describe('check and fixtures', () => {
  it('say that a destination is as it should be', async () => {
    expect(await runCommand(['check', 'june'])).toEqual({
      status: 0,
      stdout: '1 destinations, 0 findings\n',
      stderr: '',
    });
    expect(await runCommand(['fixtures', 'june'])).toMatchObject({ status: 0, stdout: '8 fixtures, 0 stale\n' });
  });
});

describe('usage', () => {
  it.each(['transform', 'destinations', 'new', 'fixtures', 'check'])('of %s is told on request', async (command) => {
    const { status, stdout, stderr } = await runCommand([command, '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: group-transformer ${command} `));
  });

  it.each([
    [],
    ['bogus'],
    ['transform', '--bogus'],
    ['fixtures', '--bogus'],
    ['destinations', 'a', 'b'],
    ['new', 'acme'],
  ])('that is wrong ends with status 2 and nothing on standard output: %s', async (...args) => {
    const { status, stdout, stderr } = await runCommand(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^(error:|Usage:)/);
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(await readFile(path.join(projectFolder, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runCommand(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });
});
