import { transform } from '../support/api.ts';

/*
 * The sender of the requests is warned about a URL of the config that they should not go to.
 */

const warningsOf = async (webhookUrl: string) => {
  const destination = { name: 'webhook', config: { webhookUrl } };
  const [result] = await transform({ event: { type: 'group', groupId: 'g' }, destination });
  if (result?.outcome !== 'send') throw new Error(result?.message);
  return (result.warnings ?? []).map(({ code, path, message }) => [code, path, message]);
};

it.each([
  ['https://127.0.0.1/in', '127.0.0.1'],
  ['https://2130706433/in', '127.0.0.1'],
  ['https://0x7f.1/in', '127.0.0.1'],
  ['https://0251.0376.0251.0376/latest', '169.254.169.254'],
  ['https://10.1.2.3:8443/', '10.1.2.3'],
  ['https://[::1]/', '[::1]'],
  ['https://[::ffff:192.168.0.1]/', '[::ffff:c0a8:1]'],
  ['https://[::127.0.0.1]/', '[::7f00:1]'],
  ['https://[fe80::1]/', '[fe80::1]'],
  ['https://localhost./', 'localhost.'],
  ['https://metadata.google.internal/', 'metadata.google.internal'],
])('a private host is warned of: %s', async (url, host) => {
  expect(await warningsOf(url)).toEqual([
    ['CONFIG_URL_UNSAFE', 'config.webhookUrl', `config.webhookUrl leads to ${host}, which is private`],
  ]);
});

it('a URL that is not encrypted is warned of', async () => {
  expect(await warningsOf('http://hooks.example.com/in')).toEqual([
    ['CONFIG_URL_UNSAFE', 'config.webhookUrl', 'config.webhookUrl is not encrypted'],
  ]);
});

it.each(['https://hooks.example.com/in', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])(
  'nothing is said of %s',
  async (url) => {
    expect(await warningsOf(url)).toEqual([]);
  },
);
