import { useSignal } from '@preact/signals';

import { type Json, tryParseJson } from '../core/json.ts';
import { JsonEditor } from './json-editor.tsx';

interface PolicyEditorProps {
  policy: Json | undefined;
  /** Whether the service refuses it. */
  isFaulty: boolean;
  onChange: (policy: Json | undefined) => void;
}

const EXAMPLE = '{ "traits": { "deny": ["ssn"] } }';

/** The policy of a destination, in the form that the envelope takes. While its text is not JSON, the last one holds. */
export function PolicyEditor({ policy, isFaulty, onChange }: PolicyEditorProps) {
  const isOpen = useSignal(policy !== undefined);
  const take = (text: string) => {
    const parsed = tryParseJson(text);
    if (parsed !== undefined || text.trim() === '') onChange(parsed);
  };
  return (
    <details
      class={isFaulty ? 'others policy faulty' : 'others policy'}
      open={isOpen.value}
      onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}
    >
      <summary>Policy</summary>
      <JsonEditor
        label="Policy, as JSON"
        text={policy === undefined ? '' : JSON.stringify(policy, null, 2)}
        onText={take}
      />
      <p class="about">
        What to withhold and rename: <code>traits.deny</code>, <code>traits.allow</code>, <code>person.deny</code> and{' '}
        <code>rename</code>. For example: <code>{EXAMPLE}</code>
      </p>
    </details>
  );
}
