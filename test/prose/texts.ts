import type { TxtDocumentNode, TxtParagraphNode } from '@textlint/ast-node-types';
import type { TextlintMessage } from '@textlint/types';
import _ from 'lodash';
import ts from 'typescript';

/** A stretch of prose in a file: where it starts, and what it says, as long as what stands in the file. */
type Text = { start: number; said: string };

/** The comments and the strings of a TypeScript or JavaScript file. */
function ofCode(source: string, path: string): Text[] {
  const kind = /\.(tsx|js)$/.test(path) ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, kind);
  const comments = new Map<number, ts.CommentRange>();
  const strings: Text[] = [];
  const visit = (node: ts.Node): void => {
    const around = [
      ...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []),
    ];
    if (!ts.isJsxText(node)) for (const range of around) comments.set(range.pos, range);
    if (ts.isStringLiteralLike(node) || ts.isJsxText(node) || ts.isTemplateExpression(node)) {
      strings.push({ start: node.getStart(), said: saidByString(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const ranges = [...comments.values()].sort((a, b) => a.pos - b.pos);
  return [
    ...strings,
    ...joined(
      ranges.map(({ pos, end }) => ({ start: pos, said: source.slice(pos, end) })),
      source,
    ),
  ];
}

/** The text of a string; a placeholder stands for each expression in it. */
function saidByString(node: ts.Node): string {
  const start = node.getStart();
  const said = node.getText();
  if (!ts.isTemplateExpression(node)) return said;
  return node.templateSpans.reduce((text, { expression }) => {
    const from = expression.getStart() - start;
    return text.slice(0, from) + '_'.repeat(expression.getWidth()) + text.slice(from + expression.getWidth());
  }, said);
}

/** The comments of a file in which each starts with `#` and ends with the line. */
function ofConfiguration(source: string): Text[] {
  const comments = [...source.matchAll(/(?<=^|\s)#(?!!).*$/gm)];
  return joined(
    comments.map((match) => ({ start: match.index, said: match[0] })),
    source,
  );
}

/** Comments on successive lines are one text; the signs that mark them as comments are not said. */
function joined(comments: Text[], source: string): Text[] {
  const texts: Text[] = [];
  for (const { start, said } of comments) {
    const plain = said.replace(/^[ \t]*(?:\/\*+|\*+\/|\*|\/\/|#)|\*\/$/gm, (signs) => ' '.repeat(signs.length));
    const last = texts.at(-1);
    const between = last && source.slice(last.start + last.said.length, start);
    if (last && between !== undefined && /^[ \t]*\n[ \t]*$/.test(between)) last.said += between + plain;
    else texts.push({ start, said: plain });
  }
  return texts;
}

/** Gives textlint the comments and the strings of code and of configuration, one paragraph each. */
export class CommentsAndStrings {
  availableExtensions(): string[] {
    // Without an extension: Dockerfile, and scripts.
    return [...codeExtensions, '.yaml', '.yml', '.cfg', ''];
  }

  processor() {
    return {
      preProcess: (source: string, path = ''): { text: string; ast: TxtDocumentNode } => {
        const isCode = codeExtensions.some((extension) => path.endsWith(extension));
        const texts = isCode ? ofCode(source, path) : ofConfiguration(source);
        return documentOf(source, _.sortBy(texts, 'start'));
      },
      postProcess: (messages: TextlintMessage[], filePath = '') => ({ messages, filePath }),
    };
  }
}

const codeExtensions = ['.ts', '.tsx', '.js'];

/** The source with nothing but the texts in it, each in its place, and its tree. */
function documentOf(source: string, texts: Text[]): { text: string; ast: TxtDocumentNode } {
  let text = source.replace(/[^\n]/g, ' ');
  for (const { start, said } of texts) text = text.slice(0, start) + said + text.slice(start + said.length);
  const node = <Type extends string>(type: Type, start: number, end: number) => {
    const loc = { start: positionAt(text, start), end: positionAt(text, end) };
    return { type, raw: text.slice(start, end), range: [start, end] as const, loc };
  };
  const children = texts.map(({ start, said }): TxtParagraphNode => {
    const end = start + said.length;
    return { ...node('Paragraph', start, end), children: [{ ...node('Str', start, end), value: said }] };
  });
  return { text, ast: { ...node('Document', 0, text.length), children } };
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}
