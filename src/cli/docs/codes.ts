import { codes as codeTable, type Kind } from '../../contract/codes.ts';
import { code, page, table } from './page.ts';

const kinds: Record<Kind, readonly [title: string, meaning: string]> = {
  fail: [
    'Failures',
    'A result with the outcome `fail`: the event cannot be sent. `path` names the field of the event or the config.',
  ],
  drop: ['Drops', 'A result with the outcome `drop`: nothing should be sent, and nothing is wrong.'],
  warning: ['Warnings', 'Listed in the `warnings` of a result: what the destination could not use.'],
  problem: [
    'Problems',
    'The answer to a whole request that cannot be processed, in the format of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).',
  ],
};

/** The page of codes for results, warnings and problems. */
export function renderCodes(): string {
  return page(
    'Codes',
    'Codes are stable. The message beside a code gives details, and its wording may change.',
    ...Object.entries(kinds).map(
      ([kind, [title, meaning]]) => `## ${title}\n\n${meaning}\n\n${codeRows(kind as Kind)}`,
    ),
  );
}

/** A table of the codes of one kind. */
export function codeRows(kind: Kind): string {
  const rows = Object.entries(codeTable).flatMap(([name, entry]) =>
    entry.kind === kind ? [[code(name), ...('status' in entry ? [String(entry.status)] : []), entry.summary]] : [],
  );
  return table(kind === 'problem' ? ['Code', 'Status', 'Meaning'] : ['Code', 'Meaning'], rows);
}
