import { isUtf8 } from 'node:buffer';

import { getNodeValue, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

import { eventLimits } from '../core/limits.ts';

/** Text that should be JSON and isn't. */
export interface BrokenJson {
  /** What is wrong, such as `the line is not JSON: at column 14, NaN is not a JSON value`. */
  message: string;
  /** The value as far as it can be read in spite of the fault. */
  readable?: unknown;
}

const faults: Partial<Record<string, string>> = {
  PropertyNameExpected: 'a property name in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing brace is missing',
  CloseBracketExpected: 'a closing bracket is missing',
  EndOfFileExpected: 'there is text after the end of the JSON value',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a string is not closed',
  UnexpectedEndOfNumber: 'a number is incomplete',
  InvalidUnicode: 'a Unicode escape is invalid',
  InvalidEscapeCharacter: 'an escape is invalid',
  InvalidCharacter: 'a control character in a string must be escaped',
};

/**
 * Finds out what is wrong with text that the engine cannot parse as JSON. Text that is larger than an event, or nested
 * too deep, isn't looked at closely.
 * @param what the text, such as `the body`
 */
export function diagnoseJson(bytes: Buffer, what: string): BrokenJson {
  if (bytes.length === 0) return { message: `${what} is empty` };
  if (!isUtf8(bytes)) return { message: `${what} is not UTF-8` };
  const message = `${what} is not JSON`;
  if (bytes.length > eventLimits.bytes) return { message };
  const text = bytes.toString().replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  try {
    const tree = parseTree(text, errors, { disallowComments: true });
    const [error] = errors;
    if (error === undefined) return { message };
    return {
      message: `${message}: ${placeOf(text, error.offset)}, ${faultOf(text, error)}`,
      readable: tree && getNodeValue(tree),
    };
  } catch (error) {
    if (error instanceof RangeError) return { message };
    throw error;
  }
}

/** A line number only helps where there are several lines. */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  const column = `column ${String((before.at(-1) ?? '').length + 1)}`;
  return text.trimEnd().includes('\n') ? `at line ${String(before.length)}, ${column}` : `at ${column}`;
}

function faultOf(text: string, { error, offset }: ParseError): string {
  const known = faults[printParseErrorCode(error)];
  if (known !== undefined) return known;
  const [word] = /^(-?[\w.]{1,40}|.)/u.exec(text.slice(offset)) ?? ['this'];
  return `${word} is not a JSON value`;
}
