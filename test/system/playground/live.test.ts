import { gzipSync } from 'node:zlib';

import type { Page } from 'playwright-core';

import { sharedVisit } from '../../support/browser.ts';
import { type SdkCall, sdkCalls } from '../../support/sdk-calls.ts';

/*
 * Events in the page: those that SDKs send to the service, and lines that are pasted.
 *
 * @requires chromium
 */

const visit = await sharedVisit();

const events = (page: Page) => page.getByRole('list', { name: 'Events' }).getByRole('listitem');

const text = async (page: Page) =>
  (await page.getByRole('textbox', { name: 'Event, as JSON' }).innerText()).replaceAll('\u00a0', ' ');

async function stormly(page: Page) {
  await page.getByRole('button', { name: 'Stormly', exact: true }).click();
  const column = page.getByRole('article', { name: 'Stormly', exact: true });
  await column.getByText('Send 1 request').waitFor();
  return column;
}

/** The number of ignored events, once the page is live. */
async function ignored(page: Page): Promise<number> {
  const { ignored: count } = (await (await page.waitForResponse(/\/live\?/)).json()) as { ignored: number };
  return count;
}

/** Sends a call as its SDK does. */
async function send({ path, contentType, encoding, text: body }: SdkCall): Promise<number> {
  const headers = { 'Content-Type': contentType, ...(encoding === 'gzip' && { 'Content-Encoding': encoding }) };
  const content = encoding === 'gzip' ? gzipSync(body) : body;
  const { status } = await fetch(new URL(path, visit.url), { method: 'POST', headers, body: content });
  return status;
}

it('shows every call of every SDK as it arrives, and what a destination gets of it', async () => {
  const page = await visit.open();
  const column = await stormly(page);
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByText('Set the host of your SDK').waitFor();

  let count = 0;
  for (const call of sdkCalls) {
    expect(await send(call)).toBe(call.body === undefined ? 400 : 200);
    count += call.body?.batch?.length ?? 1;
    await events(page)
      .nth(count - 1)
      .waitFor();
  }
  expect(await events(page).count()).toBe(count);
  expect(await page.getByText(/^the body is not JSON: at column \d+, NaN is not a JSON value/).count()).toBe(4);

  await fetch(new URL('v1/group', visit.url), {
    method: 'POST',
    body: JSON.stringify({ groupId: 'seen-1', userId: 'u', traits: { name: 'Newest' } }),
  });
  await column.getByText('"Newest"').waitFor();
  expect(await text(page)).toContain('"groupId": "seen-1"');
});

it('says how many other events are ignored, and why', async () => {
  const page = await visit.open();
  await page.getByRole('button', { name: 'Live' }).click();
  const body = JSON.stringify({ batch: ['identify', 'track'].map((type) => ({ type, userId: 'u' })) });
  const before = await ignored(page);
  await fetch(new URL('v1/batch', visit.url), { method: 'POST', body });
  const said = page.getByText(/^Live lists group events only\. Others ignored so far, such as identify and track: /);
  await page.waitForFunction(
    (count) => document.querySelector('.ignored')?.textContent.endsWith(`: ${String(count)}`),
    before + 2,
  );
  expect(await said.count()).toBe(1);
});

it('stays with an older event that the user looks at', async () => {
  const page = await visit.open();
  await page.getByRole('button', { name: 'Live' }).click();
  await events(page).first().getByRole('button').click();
  const [before, count] = [await text(page), await events(page).count()];
  await fetch(new URL('v1/group', visit.url), { method: 'POST', body: JSON.stringify({ groupId: 'seen-2' }) });
  await events(page).nth(count).waitFor();
  expect(await text(page)).toBe(before);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('Set the host of your SDK').waitFor();
});

it('pages through lines that are pasted, and keeps what is edited', async () => {
  const page = await visit.open();
  const column = await stormly(page);
  const lines = ['a', 'b', 'c'].map((groupId) => JSON.stringify({ type: 'group', groupId, userId: 'u' }));
  await page.getByRole('textbox', { name: 'Event, as JSON' }).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), lines.join('\n'));
  await page.keyboard.press('ControlOrMeta+V');
  await page.getByText('1 of 3').waitFor();
  expect(JSON.parse(await text(page))).toMatchObject({ groupId: 'a' });
  await page.getByRole('textbox', { name: 'Event, as JSON' }).fill('{ "type": "group", "groupId": "edited" }');
  await page.getByRole('button', { name: 'Next event' }).click();
  await page.getByText('2 of 3').waitFor();
  await column.getByText('"b"').first().waitFor();
  await page.getByRole('button', { name: 'Previous event' }).click();
  await page.getByText('1 of 3').waitFor();
  expect(JSON.parse(await text(page))).toMatchObject({ groupId: 'edited' });
});
