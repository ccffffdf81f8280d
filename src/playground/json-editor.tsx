import type { EditorView } from '@codemirror/view';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { tryParseJson } from '../core/json.ts';
import { jsonEditor, replaceText } from './editor.ts';
import { faultIn } from './syntax.ts';

interface JsonEditorProps {
  label: string;
  text: string;
  onText: (text: string) => void;
}

const meaningOf = (text: string) => JSON.stringify(tryParseJson(text));

/** A small editor for JSON, which says where its text isn't. */
export function JsonEditor({ label, text, onText }: JsonEditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const latest = useRef(onText);
  latest.current = onText;
  const fault = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const view = jsonEditor(parent.current as HTMLElement, label, text, {
      onText: (changed) => {
        fault.value = changed.trim() === '' ? undefined : faultIn(changed);
        latest.current(changed);
      },
    });
    editor.current = view;
    return () => {
      view.destroy();
    };
  }, []);
  useEffect(() => {
    // What is being typed may be spelt in another way.
    const view = editor.current;
    if (view !== null && meaningOf(view.state.doc.toString()) !== meaningOf(text)) replaceText(view, text);
  }, [text]);
  return (
    <div class="json-field">
      <div class="small editor" ref={parent} />
      {fault.value !== undefined && <p class="about bad">This is not JSON: {fault}</p>}
    </div>
  );
}
