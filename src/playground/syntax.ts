import { jsonLanguage } from '@codemirror/lang-json';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

import { tryParseJson } from '../core/json.ts';
import { step } from './lineage.ts';

/** The name of a property, as it is meant. */
export function keyOf(state: EditorState, property: SyntaxNode): string {
  const name = property.getChild('PropertyName');
  const key = name === null ? undefined : tryParseJson(state.sliceDoc(name.from, name.to));
  return typeof key === 'string' ? key : '';
}

const isPunctuation = ({ type, name }: SyntaxNode) => type.isError || '{}[],:'.includes(name);

/** The place in the event that a position of its text belongs to; empty for the event itself. */
export function placeAt(state: EditorState, position: number): string {
  const keys: (string | number)[] = [];
  for (let node = syntaxTree(state).resolveInner(position, 1); node.parent !== null; node = node.parent) {
    if (node.name === 'Property') keys.unshift(keyOf(state, node));
    else if (node.parent.name === 'Array' && !isPunctuation(node)) keys.unshift(positionIn(node.parent, node));
  }
  return keys.reduce<string>(step, '');
}

function elementsOf(list: SyntaxNode): SyntaxNode[] {
  const elements: SyntaxNode[] = [];
  for (let node = list.firstChild; node !== null; node = node.nextSibling)
    if (!isPunctuation(node)) elements.push(node);
  return elements;
}

const positionIn = (list: SyntaxNode, element: SyntaxNode) =>
  elementsOf(list).findIndex(({ from }) => from === element.from);

/** The position of each place of the event in its text. */
export function rangesOf(state: EditorState): Map<string, { from: number; to: number }> {
  const ranges = new Map<string, { from: number; to: number }>();
  const visit = (node: SyntaxNode | null, place: string): void => {
    if (node?.name === 'Object') {
      for (const property of node.getChildren('Property')) {
        const at = step(place, keyOf(state, property));
        ranges.set(at, { from: property.from, to: property.to });
        visit(property.lastChild, at);
      }
    } else if (node?.name === 'Array') {
      for (const [index, element] of elementsOf(node).entries()) {
        const at = step(place, index);
        ranges.set(at, { from: element.from, to: element.to });
        visit(element, at);
      }
    }
  };
  visit(syntaxTree(state).topNode.firstChild, '');
  return ranges;
}

/** Where text stops to be JSON, such as `line 3, column 12`; undefined if the syntax tree has no fault. */
export function faultIn(text: string): string | undefined {
  let fault: number | undefined;
  jsonLanguage.parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) fault ??= from;
    },
  });
  if (fault === undefined) return undefined;
  const lines = text.slice(0, fault).split('\n');
  return `line ${String(lines.length)}, column ${String((lines.at(-1) ?? '').length + 1)}`;
}
