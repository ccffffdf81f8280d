import { linter } from './lint.ts';

/** The findings in a text: the line of each, and the rule that reports it. */
async function findingsIn(text: string, path: string): Promise<string[]> {
  const { messages } = await linter.lintText(text, path);
  return messages.map(({ loc, ruleId }) => `${String(loc.start.line)} ${ruleId}`);
}

describe('the prose linter', () => {
  it('reports a bad phrase in a document, also across lines', async () => {
    expect(await findingsIn('# Title\n\nNothing else\nis\nto be done.\n', 'a.md')).not.toEqual([]);
    expect(await findingsIn('# Title\n\nThe sender must do nothing else.\n', 'a.md')).toEqual([]);
  });

  it('reports other spellings of the words of the field, and no names in code', async () => {
    expect(await findingsIn('The e-mail of a Rudderstack\nuser, in a web hook.\n', 'a.md')).toEqual([
      '1 phrase',
      '1 phrase',
      '2 phrase',
    ]);
    expect(await findingsIn('The email of a RudderStack user, from `Rudderstack`.\n', 'a.md')).toEqual([]);
  });

  it('reports a sentence that continues after code', async () => {
    expect(await findingsIn('Run\n\n```sh\nnpm test\n```\n\nto test.\n', 'a.md')).toEqual(['7 no-continued-sentence']);
    expect(await findingsIn('Run:\n\n```sh\nnpm test\n```\n\nThen read.\n', 'a.md')).toEqual([]);
  });

  it.each([
    ['a comment', '/** What is sent.\n * The server wants\n * a name. */\nexport const a = 1;\n', 2],
    ['successive comments', 'const a = 1;\n// The server\n// wants a name.\n', 2],
    ['a string', "throw new Error(\n  'the value is no number',\n);\n", 2],
    ['a template', 'const a = `${b} is no number`;\n', 1],
  ])('reports a bad phrase in %s, by its line', async (_name, code, line) => {
    expect(await findingsIn(code, 'a.ts')).toEqual([`${String(line)} phrase`]);
  });

  it.each([
    ['code', 'if (is.no.number) return wants(server);\n', 'a.ts'],
    ['what stands around an expression', 'const a = `that is ${b} to be`;\n', 'a.ts'],
    ['a value of configuration', 'key: this is no comment\n', 'a.yaml'],
  ])('ignores %s', async (_name, text, path) => {
    expect(await findingsIn(text, path)).toEqual([]);
  });

  it('reads the comments of configuration', async () => {
    expect(await findingsIn('a: 1 # The server wants\nb: 2\n', 'a.yaml')).toEqual(['1 phrase']);
  });
});
