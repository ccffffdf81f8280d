import { parseUrl } from '../../src/core/url.ts';

it('parses URLs with other letters than those of ASCII, however often it is called', () => {
  const parse = (index: number) => parseUrl(JSON.parse(`"https://äcme.example/${String(index)}"`) as string);
  let refused = 0;
  for (let index = 0; index < 100_000; index++) if (parse(index)?.host !== 'xn--cme-pla.example') refused++;
  expect(refused).toBe(0);
});

it.each(['', 'acme.example', '/in', '//acme.example', 'https://', 'https://a b.example'])(
  'is undefined for %j',
  (text) => {
    expect(parseUrl(text)).toBeUndefined();
  },
);
