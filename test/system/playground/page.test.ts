import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import axe, { type AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';

import { Transformer } from '../../../src/core/transform.ts';
import { loadFixtures, runFixture } from '../../../src/verify/fixture.ts';
import { sharedVisit, Visit } from '../../support/browser.ts';
import { add, column, copied, editor, expectShown, notice, search, write } from '../../support/playground.ts';
import { projectFolder, registry } from '../../support/project.ts';

/*
 * The page in a real browser, as somebody uses it who sees it for the first time.
 *
 * @requires chromium
 */

const visit = await sharedVisit();

const lit = (within: Locator) => within.locator('[data-lit="true"]');

const acme = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  timestamp: '2026-02-03T10:11:12Z',
  traits: { name: 'Acme', employees: 63, plan: 'pro', industry: 'Tools' },
};

it('shows a newcomer what is sent where, as it is typed', async () => {
  const page = await visit.open();
  await expectShown(page.getByRole('main'), 'Where should this event go?');

  const stormly = await add(page, 'storm', 'Stormly');
  await expectShown(stormly, 'example values');
  await expectShown(stormly, 'Send 1 request');
  await stormly.getByLabel('apiKey').fill('');
  await expectShown(stormly, 'CONFIG_INVALID');
  expect(await stormly.getByText('example values').count()).toBe(0);
  await stormly.getByLabel('apiKey').fill('stormly-key-1');
  await expectShown(stormly, 'Send 1 request');
  expect(await stormly.getByLabel('apiKey').getAttribute('type')).toBe('password');

  const userpilot = await add(page, 'userp', 'Userpilot');
  await userpilot.getByLabel('apiKey').fill('userpilot-key-2');
  await expectShown(userpilot, /Send \d request/);

  await write(page, acme);
  await expectShown(stormly, '"Acme"');
  await expectShown(stormly, 'https://rudderstack.t.stormly.com/webhook/rudderstack/group');
  await write(page, { ...acme, traits: { name: 'Acme Ltd' } });
  await expectShown(stormly, '"Acme Ltd"');

  const loops = await add(page, 'loops', 'Loops');
  await expectShown(loops, 'GROUP_NOT_SUPPORTED');
  await expectShown(loops, /has contacts/);
});

it('sends requests to every suggested destination at once', async () => {
  const page = await visit.open();
  const suggestions = page.locator('.welcome').getByRole('button');
  await suggestions.first().waitFor();
  const titles = await suggestions.allTextContents();
  expect(titles).toHaveLength(4);
  const [first = ''] = titles;
  await suggestions.getByText(first).click();
  await column(page, first).waitFor();
  for (const title of titles.slice(1)) await add(page, title, title);
  for (const title of titles) await expectShown(column(page, title), /^Send \d request/);
});

it('keeps the last results while the event is not JSON, and says where it is wrong', async () => {
  const page = await visit.open();
  const stormly = await add(page, 'stormly', 'Stormly');
  await stormly.getByLabel('apiKey').fill('stormly-key-1');
  await write(page, acme);
  await expectShown(stormly, '"Acme"');
  await write(page, '{ "type": "group", "traits": { "name": }');
  await expectShown(page.getByRole('region', { name: 'Event' }), 'This is not JSON: line 1, column 40.');
  await page.locator('.cm-lint-marker-error').waitFor();
  await expectShown(stormly, '"Acme"');
});

it('lights up the fields that a trait feeds, and the traits that feed a field', async () => {
  const page = await visit.open();
  const stormly = await add(page, 'stormly', 'Stormly');
  const userpilot = await add(page, 'userpilot', 'Userpilot');
  await stormly.getByLabel('apiKey').fill('stormly-key-1');
  await userpilot.getByLabel('apiKey').fill('userpilot-key-2');
  await write(page, acme);
  await expectShown(stormly, '"acme-42"');
  await expectShown(userpilot, '"acme-42"');

  await editor(page).getByText('"employees"').hover();
  await lit(stormly).waitFor();
  expect(await lit(stormly).allTextContents()).toEqual(['"employees": 63,']);
  expect(await lit(userpilot).allTextContents()).toEqual(['"employees": 63,']);
  await expectShown(page.getByRole('region', { name: 'Event' }), '→ Stormly');

  await userpilot.getByText('"company_id"').hover();
  await page.locator('.cm-content .lit').first().waitFor();
  expect((await page.locator('.cm-content .lit').allTextContents()).join('')).toBe('"groupId": "acme-42"');
  expect(await lit(stormly).count()).toBe(0);
});

it('holds a dialogue by hand', async () => {
  const page = await visit.open();
  const vendor = await add(page, 'user.com', 'User.com');
  await vendor.getByLabel('apiKey').fill('user-com-key');
  await vendor.getByLabel('appSubdomain').fill('acme');
  await write(page, acme);
  await vendor.getByRole('button', { name: 'Start over' }).click();
  await expectShown(vendor, 'Ask 2 calls');
  await expectShown(vendor, 'https://acme.user.com/api/public/users-by-id/user-7/');
  await vendor.getByText('read', { exact: true }).first().waitFor();
  expect(await vendor.getByText('user-com-key').count()).toBe(0);

  await vendor.getByRole('textbox', { name: /^Answer to findUser/ }).fill('{ "id": 52 }');
  await vendor.getByRole('button', { name: 'Answer' }).first().click();
  await expectShown(vendor, 'Ask 1 call');
  await vendor.getByLabel('Status').fill('404');
  await vendor.getByRole('button', { name: 'Answer' }).click();
  await expectShown(vendor, 'Ask 1 call');
  await vendor.getByText('write', { exact: true }).waitFor();
  await vendor.getByRole('textbox', { name: /^Answer to/ }).fill('{ "id": 77 }');
  await vendor.getByRole('button', { name: 'Answer' }).click();
  await expectShown(vendor, /^Send/);
  await expectShown(vendor, /companies\/77\//);

  await vendor.getByRole('button', { name: 'Start over' }).click();
  await expectShown(vendor, 'Ask 2 calls');
});

it('takes the answers of a dialogue from a fixture, and the event and the config too', async () => {
  const page = await visit.open();
  const vendor = await add(page, 'intercom', 'Intercom');
  await vendor.getByLabel('apiKey').fill('intercom-key');
  await vendor.getByLabel('Answer from a fixture').selectOption({ label: 'Answer by hand' });
  await expectShown(vendor, 'Ask 1 call');
  await vendor.getByLabel('Answer from a fixture').selectOption('full');
  await expectShown(vendor, 'Send 1 request');
  await vendor.getByLabel('Answer from a fixture').selectOption('throttled');
  await expectShown(vendor, 'VENDOR_THROTTLED');

  await page.getByLabel('Start from').selectOption({ label: 'v1-full' });
  await expectShown(vendor, /^Send/);
  expect(await vendor.getByLabel('apiKey').inputValue()).toBe('secret-apiKey');
  expect(await vendor.getByLabel('apiVersion').inputValue()).toBe('v1');
});

it('copies requests as cURL and as HAR, secrets on demand only', async () => {
  const page = await visit.open();
  const stormly = await add(page, 'stormly', 'Stormly');
  await stormly.getByLabel('apiKey').fill('stormly-key-1');
  await write(page, { ...acme, traits: { name: "Acme's" } });
  await expectShown(stormly, '"Acme\'s"');

  const curl = await copied(page, stormly, 'cURL', /Copied as cURL/);
  expect(curl).toContain("curl -X POST 'https://rudderstack.t.stormly.com/webhook/rudderstack/group'");
  expect(curl).toContain(`-H 'Authorization: Basic '"$STORMLY_API_KEY"`);
  expect(curl).toContain(String.raw`"name":"Acme'\''s"`);
  expect(await stormly.getByText('stormly-key-1').count()).toBe(0);

  await page.getByLabel('With secrets').check();
  await expectShown(stormly, 'Basic stormly-key-1');
  const har = JSON.parse(await copied(page, stormly, 'HAR', /Copied as HAR/)) as { log: { entries: object[] } };
  expect(har.log).toMatchObject({ version: '1.2' });
  expect(har.log.entries).toMatchObject([
    {
      request: {
        method: 'POST',
        url: 'https://rudderstack.t.stormly.com/webhook/rudderstack/group',
        headers: expect.arrayContaining([{ name: 'Authorization', value: 'Basic stormly-key-1' }]) as unknown,
        postData: { mimeType: 'application/json', text: expect.stringContaining('"groupId":"acme-42"') as unknown },
      },
    },
  ]);
});

it('copies what others can run, with the names of variables for secrets', async () => {
  const page = await visit.open();
  const vendor = await add(page, 'user.com', 'User.com');
  await vendor.getByLabel('apiKey').fill('user-com-key');
  await write(page, { ...acme, traits: { name: "Acme's" } });
  await expectShown(vendor, '"Acme\'s"');
  const call = await copied(page, vendor, 'API call', /Copied as a call/);
  expect(call).toContain(`curl -X POST '${visit.url}transform'`);
  expect(call).toContain(`"apiKey":"'"$USER_COM_API_KEY"'"`);
  expect(call).toContain(String.raw`"name":"Acme'\''s"`);

  const code = await copied(page, vendor, 'Library code', /Copied as library code/);
  expect(code).toContain(`"apiKey": process.env.USER_COM_API_KEY`);
  expect(code).toContain(`"name": "Acme's"`);

  const file = await copied(page, vendor, 'destinations.json', /Copied as destinations.json/);
  expect(JSON.parse(file)).toEqual([
    expect.objectContaining({
      name: 'user-com',
      config: expect.objectContaining({ apiKey: '$USER_COM_API_KEY' }) as unknown,
    }),
  ]);
  for (const text of [call, code, file]) expect(text).not.toContain('user-com-key');
});

it('copies a fixture that holds', async () => {
  const page = await visit.open();
  const vendor = await add(page, 'user.com', 'User.com');
  await vendor.getByLabel('apiKey').fill('user-com-key');
  await vendor.getByLabel('appSubdomain').fill('acme');
  await write(page, acme);
  await vendor.getByLabel('Answer from a fixture').selectOption('full');
  await expectShown(vendor, /^Send/);
  const text = await copied(page, vendor, 'Fixture', /fixtures\/user-com/);
  expect(text).not.toContain('user-com-key');
  expect(JSON.parse(text)).toMatchObject({
    config: { apiKey: 'secret-apiKey', appSubdomain: 'acme' },
    dialogue: [{ answer: { status: 200 } }, { answer: { status: 200 } }],
    expect: { send: [{ method: 'PUT' }, { method: 'POST' }] },
  });

  const folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  await cp(path.join(projectFolder, 'fixtures/_events'), path.join(folder, '_events'), { recursive: true });
  await mkdir(path.join(folder, 'user-com'));
  await writeFile(path.join(folder, 'user-com/copied.json'), text);
  const [fixture] = await loadFixtures(folder);
  await rm(folder, { recursive: true });
  expect(fixture).toMatchObject({ name: 'copied', event: acme });
  expect(fixture && (await runFixture(new Transformer({ registry }), fixture))).toEqual(fixture?.expected);
});

it('shares everything but secrets', async () => {
  const page = await visit.open();
  const braze = await add(page, 'braze', 'Braze');
  await braze.getByLabel('restApiKey').fill('braze-key-1');
  await braze.getByLabel('dataCenter').fill('EU-01');
  await add(page, 'loops', 'Loops');
  await write(page, acme);
  await page.getByRole('button', { name: 'Share' }).click();
  await notice(page).getByText('Link copied').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(page.url());
  expect(new URL(link).search).toBe('');

  const other = await visit.open({ fragment: new URL(link).hash });
  await column(other, 'Loops').waitFor();
  expect(JSON.parse((await editor(other).innerText()).replaceAll('\u00a0', ' '))).toEqual(acme);
  expect(await column(other, 'Braze').getByLabel('dataCenter').inputValue()).toBe('EU-01');
  expect(await column(other, 'Braze').getByLabel('restApiKey').inputValue()).toBe('$BRAZE_REST_API_KEY');
  await expectShown(column(other, 'Braze'), 'Send 1 request');
});

it('survives a reload, without secrets', async () => {
  const page = await visit.open();
  const stormly = await add(page, 'stormly', 'Stormly');
  await stormly.getByLabel('apiKey').fill('stormly-key-1');
  await add(page, 'userpilot', 'Userpilot');
  await write(page, acme);
  await expectShown(stormly, '"Acme"');
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).toContain('acme-42');
  expect(kept).not.toContain('stormly-key-1');

  await page.reload();
  await expectShown(stormly, '"Acme"');
  expect(await stormly.getByLabel('apiKey').inputValue()).toBe('$STORMLY_API_KEY');
  await expectShown(column(page, 'Userpilot'), 'example values');
  expect(JSON.parse((await editor(page).innerText()).replaceAll('\u00a0', ' '))).toEqual(acme);
});

it('says so when a link is damaged', async () => {
  const page = await visit.open({ fragment: '#s=nonsense' });
  await notice(page).getByText('cannot be opened').waitFor();
  await expectShown(page.getByRole('main'), 'Where should this event go?');
});

it('asks for a token where the service does, and keeps it nowhere', async () => {
  const guarded = await Visit.begin({ token: 'api-token-1' });
  const page = await guarded.open();
  await page.getByRole('region', { name: 'Token' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.getByLabel('API token').fill('another');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectShown(page.getByRole('alert'), 'TOKEN_INVALID');
  await page.getByLabel('API token').fill('api-token-1');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectShown(await add(page, 'loops', 'Loops'), 'GROUP_NOT_SUPPORTED');
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(page.url()).toBe(guarded.url);
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).not.toContain('api-token-1');
  await guarded.end();
  // The calls without the right token are what it is about.
  expect(guarded.complaints).toEqual([expect.stringContaining('401'), expect.stringContaining('401')]);
});

it('shows the docs to whoever gives the browser a token as the password', async () => {
  const guarded = await Visit.begin({ token: 'api-token-1' });
  const page = await guarded.open({ fragment: 'docs', httpCredentials: { username: 'me', password: 'api-token-1' } });
  await page.getByRole('button', { name: /^POST \/transform Requests/ }).waitFor();
  await guarded.end();
  expect(guarded.complaints).toEqual([]);
});

it('can be used with the keyboard alone', async () => {
  const page = await visit.open();
  await search(page).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');

  await page.keyboard.press('/');
  await page.keyboard.type('storm');
  expect(await search(page).getAttribute('aria-expanded')).toBe('true');
  await page.keyboard.press('Escape');
  expect(await search(page).getAttribute('aria-expanded')).toBe('false');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  const active = await search(page).getAttribute('aria-activedescendant');
  expect(await page.locator(`#${String(active)}`).textContent()).toContain('Stormly');
  await page.keyboard.press('Enter');
  const stormly = column(page, 'Stormly');
  await stormly.waitFor();

  const tabTo = async (wanted: Locator) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error('the keyboard does not get there');
  };
  await tabTo(stormly.getByLabel('apiKey'));
  await page.keyboard.type('stormly-key-1');
  await expectShown(stormly, 'Send 1 request');
  await tabTo(stormly.getByRole('button', { name: 'cURL' }));
  await page.keyboard.press('Enter');
  await notice(page).getByText('Copied as cURL').waitFor();

  await tabTo(stormly.getByRole('group', { name: 'URL' }));
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Content-Type');
  await stormly.getByText('"name"').first().waitFor();
  for (let presses = 0; presses < 10; presses++) await page.keyboard.press('ArrowDown');
  await page.locator('.cm-content .lit').first().waitFor();
});

it('completes the event by its schema', async () => {
  const page = await visit.open();
  await write(page, '{ "type": "group", "traits": {  } }');
  await editor(page).press('End');
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('"emp');
  const option = page.getByRole('option', { name: /employees/ });
  await option.waitFor();
  await page.waitForTimeout(120);
  await page.keyboard.press('Enter');
  await page.keyboard.type('63');
  await page.waitForFunction(() => document.querySelector('.cm-content')?.textContent.includes('"employees": 63'));
  expect(JSON.parse(await editor(page).innerText())).toEqual({ type: 'group', traits: { employees: 63 } });
});

it('the catalog tells what is accepted, configured and fed', async () => {
  const page = await visit.open({ fragment: '#catalog' });
  await page.getByRole('row', { name: /^Stormly/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(registry.destinations.length + 1);
  await page.getByRole('button', { name: /^Take groups/ }).click();
  await page.getByLabel('Filter destinations').fill('userpilot');
  expect(await page.getByRole('row', { name: /^Userpilot/ }).textContent()).toContain('yes');

  const calls: string[] = [];
  page.on('request', (call) => calls.push(call.url().slice(visit.url.length)));
  await page.getByRole('link', { name: 'Traits' }).click();
  const cell = page.getByRole('row', { name: /^Userpilot/ }).getByText('metadata');
  await cell.first().waitFor();
  expect(calls.filter((path) => path.startsWith('destinations'))).toEqual(['destinations?details=true']);

  await page.getByRole('link', { name: 'Userpilot' }).click();
  await expectShown(page.getByRole('region', { name: 'Reference of Config' }), 'API key');
  await page.getByRole('link', { name: 'Open in playground' }).click();
  await column(page, 'Userpilot').getByLabel('apiKey').waitFor();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it.each([
    ['wide', { width: 1280, height: 800 }],
    ['narrow', { width: 390, height: 844 }],
  ])('on a %s screen everything can be read, reached and is within it', async (_name, viewport) => {
    const page = await visit.open({ colorScheme, viewport });
    const isNarrow = viewport.width < 600;
    const panes = page.getByRole('group', { name: 'Panes' });
    if (isNarrow) await panes.getByRole('button', { name: 'Destinations' }).click();
    const vendor = await add(page, 'user.com', 'User.com');
    await vendor.getByLabel('apiKey').fill('user-com-key');
    await vendor.getByLabel('appSubdomain').fill('acme');
    const stormly = await add(page, 'stormly', 'Stormly');
    await stormly.getByLabel('apiKey').fill('stormly-key');
    await stormly.getByText('Policy', { exact: true }).click();
    await stormly.getByRole('textbox', { name: 'Policy, as JSON' }).fill('{ "traits": ');
    await expectShown(stormly, 'This is not JSON: line 1');
    await add(page, 'loops', 'Loops');
    await expectSound(page);
    if (isNarrow) await panes.getByRole('button', { name: 'Result' }).click();
    await vendor.getByRole('button', { name: 'Start over' }).click();
    await expectShown(vendor, 'Ask 2 calls');
    await expectShown(stormly, 'Send 1 request');
    await expectSound(page);
    if (isNarrow) await panes.getByRole('button', { name: 'Event' }).click();
    await expectSound(page);
    for (const fragment of ['#catalog', '#traits', '#catalog/intercom']) {
      await page.goto(visit.url + fragment);
      await page.getByRole('table').first().waitFor();
      await expectSound(page);
    }
  });
});

/** Nothing is wider than the screen, and nothing is found that keeps people out. */
async function expectSound(page: Page): Promise<void> {
  const { width, room } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    room: innerWidth,
  }));
  expect(width).toBeLessThanOrEqual(room);
  await page.evaluate(axe.source);
  const faults = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
  expect(faults).toEqual([]);
}
