import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

import { eventSchema, type FieldSchema } from '../core/event-schema.ts';
import { destinations } from './state.ts';
import { keyOf } from './syntax.ts';

/** Offers what the event's schema knows at the cursor: names of fields, or values of one. */
export function completeEvent(context: CompletionContext): CompletionResult | null {
  const { state, pos } = context;
  const node = syntaxTree(state).resolveInner(pos, -1);
  const word = context.matchBefore(/"?[\w$]*/);
  const from = node.name === 'String' || node.name === 'PropertyName' ? node.from : (word?.from ?? pos);
  const to = node.name === 'String' || node.name === 'PropertyName' ? Math.max(node.to, pos) : pos;
  if (!context.explicit && from === pos) return null;
  const holder = node.name === 'Property' || node.parent?.name !== 'Property' ? node : node.parent;
  const isValue = holder.name === 'Property' && isAfterColon(state, holder, from);
  const choices = isValue ? values(schemaAt(state, holder)) : names(state, objectAround(holder), node);
  return choices.length === 0 ? null : { from, to, options: choices, validFor: /^"?[\w$ ]*"?$/ };
}

function isAfterColon(state: EditorState, property: SyntaxNode, pos: number): boolean {
  const name = property.getChild('PropertyName');
  return name !== null && state.sliceDoc(name.to, pos).includes(':');
}

function objectAround(node: SyntaxNode): SyntaxNode | null {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) if (at.name === 'Object') return at;
  return null;
}

/** The names that an object may still get; a value follows by itself where a new one is begun. */
function names(state: EditorState, object: SyntaxNode | null, at: SyntaxNode): Completion[] {
  if (object === null) return [];
  const schema = schemaAt(state, object);
  const present = new Set(
    object
      .getChildren('Property')
      .filter((property) => at.from < property.from || at.to > property.to)
      .map((property) => keyOf(state, property)),
  );
  const hasColon = /^\s*:/.test(state.sliceDoc(at.to, at.to + 20));
  return Object.entries(fieldsOf(schema))
    .filter(([name]) => !present.has(name))
    .map(([name, field]): Completion => ({
      label: JSON.stringify(name),
      displayLabel: name,
      type: 'property',
      detail: [field.type ?? ''].flat().join(' | '),
      ...(field.description !== undefined && { info: field.description }),
      apply: hasColon ? JSON.stringify(name) : `${JSON.stringify(name)}: `,
    }));
}

function fieldsOf({ properties = {}, additionalProperties }: FieldSchema): Record<string, FieldSchema> {
  // Of all that is known, only integrations may have any names: those of destinations.
  if (additionalProperties === undefined) return properties;
  const others = destinations.value.map(({ title }): [string, FieldSchema] => [title, additionalProperties]);
  return { ...properties, ...Object.fromEntries(others) };
}

function values({ type, const: only }: FieldSchema): Completion[] {
  const types = [type ?? []].flat();
  const literals = [...(only === undefined ? [] : [only]), ...(types.includes('boolean') ? [true, false] : [])];
  return literals.map((value): Completion => ({ label: JSON.stringify(value), type: 'constant' }));
}

/** The schema of what a node of the syntax tree holds. */
function schemaAt(state: EditorState, node: SyntaxNode): FieldSchema {
  const keys: string[] = [];
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    if (at.name === 'Property') keys.unshift(keyOf(state, at));
  }
  return keys.reduce<FieldSchema>((schema, key) => fieldsOf(schema)[key] ?? {}, eventSchema);
}
