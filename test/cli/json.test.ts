import { syntaxFault } from '../../src/cli/json.ts';

it.each([
  ['nope', '1:1', 'this is unexpected'],
  ['', '1:1', 'it ends too early'],
  ['{"half":', '1:9', 'it ends too early'],
  ['{\n  "a" 1\n}', '2:7', 'a colon is missing'],
  ['[\n  1,\n  2 3\n]', '3:5', 'a comma is missing'],
  ['{ "a": 1, }', '1:11', 'the name of a field is expected, in double quotes'],
  ['{} {}', '1:4', 'nothing may follow the value'],
  ['{ "a": 1 } // one', '1:12', 'comments are not allowed'],
  ['{ "a": "b }', '1:8', 'a text is not closed'],
  ['["\\x"]', '1:2', 'this character may not be escaped'],
])('the fault of %j is at %s', (text, place, what) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  expect(syntaxFault(text, { file: 'a.json' })).toBe(`a.json:${place}: isn't JSON: ${what}`);
});

it('the place of a line is that in its file, or in standard input', () => {
  expect(syntaxFault('{"a"}', { file: 'a.ndjson', line: 7 })).toBe("a.ndjson:7:5: isn't JSON: a colon is missing");
  expect(syntaxFault('{"a"}', {})).toBe("standard input:1:5: isn't JSON: a colon is missing");
});
