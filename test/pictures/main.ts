import path from 'node:path';

import { Visit } from '../support/browser.ts';
import { add, editor, write } from '../support/playground.ts';
import { projectFolder } from '../support/project.ts';

/* Takes the pictures of the playground for the README, in both color schemes. Requires Chromium and a build. */

const event = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  timestamp: '2026-02-03T10:11:12Z',
  traits: { name: 'Acme', employees: 63, createdAt: '2019-03-04' },
};

const visit = await Visit.begin();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await visit.open({ colorScheme, viewport: { width: 1640, height: 800 } });
    for (const title of ['Userpilot', 'Stormly', 'Loops']) {
      const column = await add(page, title, title);
      if (title !== 'Loops') await column.getByLabel('apiKey').fill('my-key');
    }
    await write(page, event);
    await page.getByRole('article').getByText('"Acme"').nth(1).waitFor();
    await editor(page).getByText('"employees"').hover();
    await page.locator('[data-lit="true"]').first().waitFor();
    await page.screenshot({ path: path.join(projectFolder, `docs/images/playground-${colorScheme}.png`) });
  }
} finally {
  await visit.end();
}
