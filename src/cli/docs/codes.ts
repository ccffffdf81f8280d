import { codes as codeTable, type Kind } from '../../contract/codes.ts';
import { code, page, table } from './page.ts';

const kinds: Record<Kind, readonly [title: string, meaning: string]> = {
  fail: [
    'Failures',
    'A result with the outcome `fail`: nothing can be sent. `path` names the field of the event or of the config.',
  ],
  drop: ['Drops', 'A result with the outcome `drop`: nothing is to be sent, and that is as it should be.'],
  warning: ['Warnings', 'Among the `warnings` of a result: what was tried and could not be used.'],
  problem: [
    'Problems',
    'The answer to a whole request that cannot be processed, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) has it.',
  ],
};

/** The page about the codes of results, warnings and problems. */
export function renderCodes(): string {
  return page(
    'Codes',
    'A code is stable; the message beside it says more, and may be reworded.',
    ...Object.entries(kinds).map(
      ([kind, [title, meaning]]) => `## ${title}\n\n${meaning}\n\n${codeRows(kind as Kind)}`,
    ),
  );
}

/** The codes of one kind as a table. */
export function codeRows(kind: Kind): string {
  const rows = Object.entries(codeTable).flatMap(([name, entry]) =>
    entry.kind === kind ? [[code(name), ...('status' in entry ? [String(entry.status)] : []), entry.summary]] : [],
  );
  return table(kind === 'problem' ? ['Code', 'Status', 'Meaning'] : ['Code', 'Meaning'], rows);
}
