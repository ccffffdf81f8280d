import { readFile } from 'node:fs/promises';
import path from 'node:path';

import request from 'supertest';

import { isRejecting } from '../../../src/core/definition.ts';
import { app } from '../../support/api.ts';
import { runCommand } from '../../support/command.ts';
import { projectFolder, registry } from '../../support/project.ts';

describe('destinations', () => {
  it('are listed, a line for each', async () => {
    const { status, stdout } = await runCommand(['destinations']);
    const rows = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(registry.destinations.map(({ name }) => name));
    expect(rows).toContainEqual(expect.stringMatching(/^stormly +Stormly +ids, traits$/));
    expect(rows).toContainEqual(expect.stringMatching(/^loops +Loops +takes no groups$/));
  });

  it('are listed without those that take no groups', async () => {
    const { stdout } = await runCommand(['destinations', '--takes-groups']);
    const senders = registry.destinations.filter((destination) => !isRejecting(destination));
    const rows = stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.split(' ')[0])).toEqual(senders.map(({ name }) => name));
  });

  it('are described', async () => {
    const { stdout } = await runCommand(['destinations', 'Actions-Userpilot-Cloud']);
    expect(stdout).toMatch(/^Userpilot\n\nname +userpilot\ndocs +https:\/\/docs\.userpilot\.com/);
    expect(stdout).toMatch(/^ {2}apiKey +required secret +HTTP API key$/m);
    expect(stdout).toMatch(/^eu\n[^]*^ {2}requests\[0\]\.body\.json\.company_id +groupId$/m);

    const { stdout: zendesk } = await runCommand(['destinations', 'zendesk']);
    expect(zendesk).toMatch(/^ {2}createUsersAsVerified +boolean default false +\S/m);

    const { stdout: rejecting } = await runCommand(['destinations', 'loops']);
    expect(rejecting).toMatch(/^groups +none: Loops has contacts/m);
  });

  it('are JSON as the service answers it', async () => {
    const list = await runCommand(['destinations', '--json']);
    const one = await runCommand(['destinations', 'stormly', '--json']);
    const [listed, described] = [
      await request(app).get('/destinations'),
      await request(app).get('/destinations/stormly'),
    ];
    expect({ destinations: JSON.parse(list.stdout) as unknown }).toEqual(listed.body);
    expect(JSON.parse(one.stdout)).toEqual(described.body);
  });

  it('are refused with status 2 where they are not known', async () => {
    for (const command of ['destinations', 'check']) {
      for (const [name, advice] of [
        ['usrpilot', 'did you mean "userpilot"?'],
        ['xxxxxxxxxxxxxxxxxxxxxxxx', '"group-transformer destinations" lists all'],
      ] as const) {
        const { status, stderr } = await runCommand([command, name]);
        expect([status, stderr]).toEqual([2, `error: no destination is named "${name}"; ${advice}\n`]);
      }
    }
  });
});

describe('explain', () => {
  it('shows where every field comes from, and what is not read', async () => {
    const config = ['--config', 'test/system/cli/config.json'];
    const { status, stdout } = await runCommand(['explain', 'amplitude', 'fixtures/_events/full.json', ...config]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^amplitude {2}send\n\nFIELD +STATUS +FROM +VIA +SENT\n/);
    expect(stdout).toMatch(/\.os_name +sent +context\.os\.name = "iOS" +text +"iOS"\n/);
    expect(stdout).toMatch(/\.api_key +sent +"\*\*\*"\n/);
    expect(stdout).not.toContain('secret-apiKey');
    const ofBraze = await runCommand(['explain', 'braze', 'fixtures/_events/full.json', ...config]);
    expect(ofBraze.stdout).toMatch(/\nunused: traits\.id, traits\.name,/);
  });

  it('tells why nothing is sent', async () => {
    const { stdout } = await runCommand(['explain', 'loops'], { input: '{"type":"group"}' });
    expect(stdout).toMatch(/^loops {2}drop {2}GROUP_NOT_SUPPORTED {2}Loops has contacts/);
    expect(await runCommand(['explain', 'loops'], { input: 'nope' })).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: line 1: the line is not JSON: at column 1, nope is not a JSON value\n',
    });
  });

  it('goes with transform too', async () => {
    const config = ['--to', 'amplitude', '--config', 'test/system/cli/config.json'];
    const args = ['transform', '--explain', ...config, 'fixtures/_events/minimal.json'];
    const { stdout } = await runCommand(args);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'send', explain: { unused: [] } });
  });
});

describe('check and fixtures', () => {
  it('say that a destination is as it should be', async () => {
    expect(await runCommand(['check', 'stormly'])).toEqual({
      status: 0,
      stdout: '1 destinations, 0 findings\n',
      stderr: '',
    });
    expect(await runCommand(['fixtures', 'stormly'])).toMatchObject({ status: 0, stdout: '17 fixtures, 0 stale\n' });
  });
});

describe('usage', () => {
  it.each(['transform', 'destinations', 'explain', 'new', 'fixtures', 'check'])(
    'of %s is told on request',
    async (command) => {
      const { status, stdout, stderr } = await runCommand([command, '--help']);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: group-transformer ${command} `));
    },
  );

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
