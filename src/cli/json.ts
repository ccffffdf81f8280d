import jsonc, { type ParseError } from 'jsonc-parser';

/**
 * Where the first error in JSON text is, and what it is.
 * @param at where the text comes from, a file and perhaps a line of it
 * @returns such as `events.json:3:14: isn't JSON: a comma is missing`
 */
export function syntaxFault(text: string, at: { file?: string | undefined; line?: number | undefined }): string {
  const errors: ParseError[] = [];
  jsonc.parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [{ error, offset } = { error: 0, offset: 0 }] = errors;
  const before = text.slice(0, offset).split('\n');
  const line = (at.line ?? 1) + before.length - 1;
  const column = (before.at(-1) ?? '').length + 1;
  const what = offset >= text.trimEnd().length ? 'it ends too early' : (says[error] ?? 'this is unexpected');
  return `${at.file ?? 'standard input'}:${String(line)}:${String(column)}: isn't JSON: ${what}`;
}

/** What the errors of the parser say, by their numbers. */
const says: Readonly<Record<number, string>> = {
  1: 'this is unexpected',
  2: 'this is not a number',
  3: 'the name of a field is expected, in double quotes',
  4: 'a value is expected',
  5: 'a colon is missing',
  6: 'a comma is missing',
  7: 'a } is missing',
  8: 'a ] is missing',
  9: 'nothing may follow the value',
  10: 'comments are not allowed',
  12: 'a text is not closed',
  13: 'a number is incomplete',
  14: 'this is not an escape of Unicode',
  15: 'this character may not be escaped',
  16: 'this character has to be escaped in text',
};
