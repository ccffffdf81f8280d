import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json, jsonLanguage, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';

import { completeEvent } from './completion.ts';
import { placeAt, rangesOf } from './syntax.ts';

/** What an editor tells of. */
export interface EditorEvents {
  onText: (text: string) => void;
  /** The place that the mouse or the cursor is at; undefined when the mouse leaves. */
  onPlace?: (place: string | undefined) => void;
}

const lightUp = StateEffect.define<readonly string[]>();

const mark = Decoration.mark({ class: 'lit' });

/** The marks on the places that are lit. */
const litField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { state, changes, effects }) {
    for (const effect of effects) {
      if (!effect.is(lightUp)) continue;
      const ranges = rangesOf(state);
      const found = effect.value.flatMap((place) => ranges.get(place) ?? []);
      return Decoration.set(
        found.map(({ from, to }) => mark.range(from, to)),
        true,
      );
    }
    return marks.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The nonce under which the editor may add its style sheet. */
const nonce = () => document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';

function lint(view: EditorView): Diagnostic[] {
  return view.state.doc.toString().trim() === '' ? [] : jsonParseLinter()(view);
}

/** The place at a position. Beside the text of a line, it is the first one of the line. Brackets have no place. */
function placeOfLine(state: EditorState, position: number): string | undefined {
  const { from, text } = state.doc.lineAt(position);
  const begin = from + text.search(/\S|$/);
  const end = from + text.trimEnd().length;
  const at = position < begin || position >= end ? begin : position;
  return /[{}[\]]/.test(state.sliceDoc(at, at + 1)) ? placeOfLineStart(state, begin) : placeAt(state, at);
}

const placeOfLineStart = (state: EditorState, begin: number) =>
  /[{}[\]]/.test(state.sliceDoc(begin, begin + 1)) ? undefined : placeAt(state, begin);

const pointing = (onPlace: NonNullable<EditorEvents['onPlace']>): Extension => [
  EditorView.domEventHandlers({
    mousemove(event, view) {
      onPlace(placeOfLine(view.state, view.posAtCoords({ x: event.clientX, y: event.clientY }, false)));
    },
    mouseleave: (_event, view) => {
      onPlace(view.hasFocus ? placeOfLine(view.state, view.state.selection.main.head) : undefined);
    },
    blur: () => {
      onPlace(undefined);
    },
  }),
  EditorView.updateListener.of(({ state, selectionSet, docChanged, view }) => {
    if (view.hasFocus && selectionSet && !docChanged) onPlace(placeOfLine(state, state.selection.main.head));
  }),
];

/**
 * Types over a selection itself: the browser would carry the style of what was selected over into a style attribute, which
 * the page's policy forbids.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { inputType, data: text } = event;
    const selected = document.getSelection();
    if (inputType !== 'insertText' || text === null || view.composing || selected?.isCollapsed !== false) return false;
    // The browser's selection may be newer than the one that the editor knows.
    const { startContainer, startOffset, endContainer, endOffset } = selected.getRangeAt(0);
    const [from, to] = [view.posAtDOM(startContainer, startOffset), view.posAtDOM(endContainer, endOffset)];
    const selection = { anchor: from + text.length };
    const replace = () =>
      view.state.update({
        changes: { from, to, insert: text },
        selection,
        userEvent: 'input.type',
        scrollIntoView: true,
      });
    const isHandled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, replace));
    if (!isHandled) view.dispatch(replace());
    return true;
  },
});

const common = (label: string, { onText }: EditorEvents): Extension => [
  EditorView.cspNonce.of(nonce()),
  json(),
  syntaxHighlighting(classHighlighter),
  history(),
  drawSelection(),
  bracketMatching(),
  closeBrackets(),
  indentOnInput(),
  linter(lint, { delay: 300 }),
  EditorView.lineWrapping,
  typeOver,
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
  EditorView.updateListener.of(({ docChanged, state }) => {
    if (docChanged) onText(state.doc.toString());
  }),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...defaultKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...lintKeymap,
  ]),
];

/** An editor for the event, with completion by its schema. */
export function eventEditor(parent: HTMLElement, text: string, events: EditorEvents): EditorView {
  const extensions = [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    highlightActiveLine(),
    autocompletion({ icons: false }),
    jsonLanguage.data.of({ autocomplete: completeEvent }),
    litField,
    pointing(events.onPlace ?? (() => undefined)),
    common('Event, as JSON', events),
  ];
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
}

/** A small editor for any other JSON. */
export function jsonEditor(parent: HTMLElement, label: string, text: string, events: EditorEvents): EditorView {
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions: common(label, events) }) });
}

/** Lights places of the event up, and puts out those that were lit. */
export function light(view: EditorView, places: readonly string[]): void {
  view.dispatch({ effects: lightUp.of(places) });
}

/** Puts other text in an editor, unless it is what is there. */
export function replaceText(view: EditorView, text: string): void {
  const { doc } = view.state;
  if (doc.toString() !== text) view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
}
