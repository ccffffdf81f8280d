import type { Locator, Page } from 'playwright-core';

import { sharedVisit } from '../../support/browser.ts';
import { add, column, copied, editor, expectShown, notice, write } from '../../support/playground.ts';

/*
 * The policy of a destination in the page.
 *
 * @requires chromium
 */

const visit = await sharedVisit();

const event = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  traits: { name: 'Acme', ssn: '078-05-1120', mrr: 900 },
  context: { traits: { email: 'kim@acme.example' } },
};

const policy = { traits: { deny: ['ssn', '$SSN'] }, person: { deny: ['email'] }, rename: { mrr: 'spend' } };

const body = (of: Locator) => of.getByRole('tree', { name: 'Body' });
const policyOf = (of: Locator) => of.getByRole('textbox', { name: 'Policy, as JSON' });

async function give(of: Locator, given: unknown): Promise<void> {
  if (!(await policyOf(of).isVisible())) await of.getByText('Policy', { exact: true }).click();
  await policyOf(of).fill(typeof given === 'string' ? given : JSON.stringify(given));
}

async function stormlyUnder(page: Page, given: unknown): Promise<Locator> {
  const stormly = await add(page, 'stormly', 'Stormly');
  await write(page, event);
  await expectShown(stormly, '"078-05-1120"');
  await give(stormly, given);
  return stormly;
}

it('withholds and renames what the policy says, and shows what it withholds', async () => {
  const page = await visit.open();
  const stormly = await stormlyUnder(page, policy);
  await expectShown(body(stormly), '"spend"');
  expect(await stormly.getByText('078-05-1120').count()).toBe(0);
  const withheld = stormly.getByRole('group', { name: 'Withheld by a policy' }).getByRole('button');
  expect(await withheld.allTextContents()).toEqual(['traits.ssn', 'context.traits.email']);
  await editor(page).getByText('"ssn"').hover();
  await expectShown(page.getByRole('region', { name: 'Event' }), 'A policy withholds it from Stormly');

  await policyOf(stormly).fill('');
  await expectShown(stormly, '"078-05-1120"');
});

it('names the policy that withholds a required value', async () => {
  const page = await visit.open();
  const vendor = await add(page, 'user.com', 'User.com');
  await write(page, event);
  await expectShown(vendor, /^Send/);
  await give(vendor, { person: { deny: ['userId'] } });
  await expectShown(vendor, 'userId is required, but policy.person.deny withholds it');
});

it('says what is wrong with a policy, and still answers for the other destinations', async () => {
  const page = await visit.open();
  const stormly = await stormlyUnder(page, { traits: { deny: 'ssn' } });
  const loops = await add(page, 'loops', 'Loops');
  await expectShown(stormly, 'policy.traits.deny must be a list, not text');
  await expectShown(loops, 'GROUP_NOT_SUPPORTED');
  expect(await stormly.getByText('078-05-1120').count()).toBe(0);
  await give(stormly, '{ "traits": ');
  await expectShown(stormly, 'This is not JSON: line 1, column 13');
  await give(stormly, policy);
  await expectShown(body(stormly), '"spend"');
  // The browser reports each answer with the status 400.
  expect(visit.complaints.splice(0)).toEqual(expect.arrayContaining([expect.stringContaining('400')]));
});

it('survives a reload, and is in links and copies', async () => {
  const page = await visit.open();
  const stormly = await stormlyUnder(page, policy);
  await expectShown(body(stormly), '"spend"');
  await page.reload();
  await expectShown(body(stormly), '"spend"');
  expect(JSON.parse((await policyOf(stormly).innerText()).replaceAll('\u00a0', ' '))).toEqual(policy);

  await page.getByRole('button', { name: 'Share' }).click();
  await notice(page).getByText('Link copied').waitFor();
  const other = await visit.open({ fragment: new URL(page.url()).hash });
  await expectShown(body(column(other, 'Stormly')), '"spend"');

  const copy = (button: string, title: RegExp) => copied(page, stormly, button, title);
  expect(await copy('API call', /Copied as a call/)).toContain(`"policy":${JSON.stringify(policy)}`);
  const code = await copy('Library code', /Copied as library code/);
  expect(code).toContain(`"$SSN"`);
  expect(code).toContain('"apiKey": process.env.STORMLY_API_KEY');
  expect(JSON.parse(await copy('destinations.json', /Copied as destinations/))).toMatchObject([{ policy }]);
  for (const button of ['cURL', 'HAR']) {
    const requests = await copy(button, new RegExp(`Copied as ${button}`));
    expect(requests).toContain('spend');
    expect(requests).not.toContain('078-05-1120');
  }
  await stormly.getByRole('button', { name: 'Fixture' }).click();
  await notice(page).getByText('Not copied: a fixture has no policy').waitFor();
});
