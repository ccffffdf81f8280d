import type { Locator, Page } from 'playwright-core';

/* What somebody does on the page of the playground. */

export const search = (page: Page) => page.getByRole('combobox', { name: 'Add a destination' });
export const column = (page: Page, title: string) => page.getByRole('article', { name: title, exact: true });
export const editor = (page: Page) => page.getByRole('textbox', { name: 'Event, as JSON' });
export const notice = (page: Page) => page.getByRole('status');

export async function add(page: Page, typed: string, title: string): Promise<Locator> {
  await search(page).fill(typed);
  // Until the page knows the destinations, Enter chooses nothing.
  await page.locator('#found-0').waitFor();
  await search(page).press('Enter');
  const added = column(page, title);
  await added.waitFor();
  return added;
}

export async function write(page: Page, event: unknown): Promise<void> {
  await editor(page).fill(typeof event === 'string' ? event : JSON.stringify(event, null, 2));
}

export async function copied(page: Page, from: Locator, button: string, title: RegExp): Promise<string> {
  await from.getByRole('group', { name: 'Copy as' }).getByRole('button', { name: button }).click();
  await notice(page).getByText(title).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

export const expectShown = (element: Locator, text: string | RegExp) => element.getByText(text).first().waitFor();
