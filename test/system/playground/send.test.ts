import { createDeliverer, type Deliverer } from '../../../src/deliver/delivery.ts';
import { Visit } from '../../support/browser.ts';
import { Peer } from '../../support/peer.ts';
import { add, write } from '../../support/playground.ts';
import { registry } from '../../support/project.ts';

/*
 * The page, where it may have requests made, in a real browser.
 *
 * @requires chromium
 */

const peer = new Peer();
let deliverer: Deliverer;
let visit: Visit | undefined;

beforeAll(async () => {
  const gatewayUrl = `http://127.0.0.1:${String(await peer.start())}`;
  deliverer = createDeliverer({ gatewayUrl, hosts: registry.hosts, timeout: 60_000 });
});

afterEach(async () => {
  await visit?.end();
});

afterAll(async () => {
  await deliverer.close();
  peer.stop();
});

async function withStormly(begun: Visit) {
  const page = await begun.open();
  const column = await add(page, 'stormly', 'Stormly');
  await column.getByLabel('apiKey').fill('stormly-key-1');
  await page.getByLabel('With secrets').check();
  await column.getByText('Basic stormly-key-1').waitFor();
  return { page, column, button: column.getByRole('button', { name: 'Send to the vendor' }) };
}

it('sends what it shows when it is told to, and shows what the vendor answered', async () => {
  visit = await Visit.begin({ playgroundDeliverer: deliverer });
  const { page, column, button } = await withStormly(visit);
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByText('They are sent to no vendor until you click Send to the vendor.').waitFor();
  expect(peer.calls).toEqual([]);
  peer.answer = (_call, response) => response.writeHead(422).end('{"why":"no such account"}');
  await button.click();
  await column.getByText('the vendor answered 422').waitFor();
  await column.getByText('"no such account"').waitFor();
  expect(peer.calls).toHaveLength(1);
  expect(peer.calls[0]?.headers.authorization).toBe('Basic stormly-key-1');

  peer.answer = (_call, response) => response.end('{"taken":1}');
  await button.click();
  await column.getByText('Delivered', { exact: true }).waitFor();
  expect(peer.calls).toHaveLength(2);

  // Of another event nothing has been sent.
  await write(page, '{"type":"group","groupId":"another","userId":"u"}');
  await column.getByText('"another"').waitFor();
  await column.getByText('Delivered', { exact: true }).waitFor({ state: 'detached' });
  expect(peer.calls).toHaveLength(2);
  expect(visit.complaints).toEqual([]);
});

it('has nothing to send with unless that is turned on', async () => {
  visit = await Visit.begin();
  const { page, button } = await withStormly(visit);
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByText('Nothing is sent to vendors.').waitFor();
  expect(await button.count()).toBe(0);
});
