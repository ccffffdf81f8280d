import { columns } from '../../src/cli/columns.ts';

const rows = [
  ['FIELD', 'FROM', 'SENT'],
  ['requests[0].body.json.attributes.plan', 'traits.plan = "a plan with a long name"', '"pro"'],
];

it('are as wide as their widest cell', () => {
  expect(
    columns([
      ['a', 'bb', ''],
      ['ccc', 'd', 'e'],
    ]),
  ).toBe('a    bb\nccc  d   e\n');
  expect(columns(rows).split('\n')[1]).toBe(
    'requests[0].body.json.attributes.plan  traits.plan = "a plan with a long name"  "pro"',
  );
});

it.each([80, 60, 40])('fit into %i characters, and nothing is lost', (width) => {
  const text = columns(rows, width);
  const lines = text.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  expect(lines.length).toBeGreaterThan(2);
  const first = lines.slice(1).map((line) => line.split(/ {2,}/)[0]);
  expect(first.join('')).toContain('requests[0]');
  const all = (value: string) => Array.from(value.replaceAll(/\s/g, '')).sort().join('');
  expect(all(text)).toBe(all(rows.flat().join('')));
});

it('are as wide as a readable word at least', () => {
  expect(columns([['0123456789', '0123456789']], 4)).toBe('01234567  01234567\n89        89\n');
});
