import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { Answer, Ask } from '../contract/dialogue.ts';
import { type Json, tryParseJson } from '../core/json.ts';
import { JsonEditor } from './json-editor.tsx';
import { JsonView, RequestView } from './request-view.tsx';
import { caseNames, loadCase } from './samples.ts';
import type { Outcome } from './service.ts';
import { change, type Chosen, followCase, restart } from './state.ts';

interface DialogueProps {
  chosen: Chosen;
  outcome: Outcome;
}

const effects = {
  read: 'changes nothing',
  write: 'changes what the event is about',
  ensure: 'makes what all events share',
} as const;

/** What the vendor is asked, with what was answered so far; the answers to the rest are given here. */
export function Dialogue({ chosen, outcome }: DialogueProps) {
  const { result, exchanges } = outcome;
  const open = result.outcome === 'ask' ? result.asks : [];
  if (exchanges.length + open.length === 0) return null;
  return (
    <div class="dialogue" role="group" aria-label="Dialogue">
      <header>
        <h3>Asked first</h3>
        <FollowCase chosen={chosen} />
        {exchanges.length > 0 && (
          <button
            type="button"
            onClick={() => {
              restart(chosen.id);
            }}
          >
            Start over
          </button>
        )}
      </header>
      <ol>
        {exchanges.map(({ ask, answer }) => (
          <li key={ask.key} class="step answered">
            <details>
              <summary>
                <AskTitle ask={ask} /> <AnswerTitle answer={answer} />
              </summary>
              <AskBody ask={ask} chosen={chosen} />
              {'json' in answer && <JsonView name="Answer" value={answer.json ?? null} />}
            </details>
          </li>
        ))}
        {open.map((ask) => (
          <li key={ask.key} class="step">
            <AskTitle ask={ask} />
            <AskBody ask={ask} chosen={chosen} />
            <AnswerForm ask={ask} chosen={chosen} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function FollowCase({ chosen }: { chosen: Chosen }) {
  const { name, script } = chosen;
  const cases = useCases(name).filter(({ answers }) => answers.length > 0);
  if (cases.length === 0) return null;
  return (
    <select
      aria-label="Answer from a fixture"
      value={script?.name ?? ''}
      onChange={({ currentTarget }) => {
        if (currentTarget.value === '') restart(chosen.id);
        else void followCase(chosen, currentTarget.value);
      }}
    >
      <option value="">Answer by hand</option>
      <optgroup label="Answer from fixture">
        {cases.map((one) => (
          <option key={one.name}>{one.name}</option>
        ))}
      </optgroup>
    </select>
  );
}

/** All cases of a destination, once they are loaded. */
function useCases(name: string) {
  const cases = useSignal<Awaited<ReturnType<typeof loadCase>>[]>([]);
  useEffect(() => {
    void Promise.all(caseNames(name).map((one) => loadCase(name, one))).then((loaded) => (cases.value = loaded));
  }, [name]);
  return cases.value;
}

const stepOf = ({ key }: Ask) => key.replace(/-[0-9a-f]+$/, '');

function AskTitle({ ask }: { ask: Ask }) {
  return (
    <span class="ask">
      <strong>{stepOf(ask)}</strong>{' '}
      <span class={`effect ${ask.effect}`} title={effects[ask.effect]}>
        {ask.effect}
      </span>
    </span>
  );
}

function AnswerTitle({ answer }: { answer: Answer }) {
  return <span class="answer">{'status' in answer ? `answered ${String(answer.status)}` : 'no answer'}</span>;
}

function AskBody({ ask, chosen }: { ask: Ask; chosen: Chosen }) {
  return (
    <div class="card">
      <RequestView id={chosen.id} requestKey={ask.key} request={ask.request} />
    </div>
  );
}

/** A status and JSON, begun with what is read of an answer. */
function AnswerForm({ ask, chosen }: { ask: Ask; chosen: Chosen }) {
  const status = useSignal('200');
  const text = useSignal(JSON.stringify(exampleOf(ask.reads as Schema), null, 2));
  const json = tryParseJson(text.value);
  const number = Number(status.value);
  const isUsable =
    (json !== undefined || text.value.trim() === '') && Number.isInteger(number) && number >= 100 && number < 600;
  const answer = (submitted: Event) => {
    submitted.preventDefault();
    if (!isUsable) return;
    const given: Answer = json === undefined ? { status: number } : { status: number, json };
    change(chosen.id, { answers: { ...chosen.answers, [ask.key]: given } });
  };
  return (
    <form class="reply" onSubmit={answer}>
      <label>
        Status{' '}
        <input
          type="number"
          min="100"
          max="599"
          value={status.value}
          onInput={({ currentTarget }) => (status.value = currentTarget.value)}
        />
      </label>
      <JsonEditor
        label={`Answer to ${stepOf(ask)}, as JSON`}
        text={text.value}
        onText={(changed) => (text.value = changed)}
      />
      <button type="submit" class="primary" disabled={!isUsable}>
        Answer
      </button>
    </form>
  );
}

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: Json[];
  const?: Json;
}

/** A small value that a JSON Schema describes. */
function exampleOf({ type, properties = {}, items, anyOf, enum: choices, const: only }: Schema): Json {
  const [first] = anyOf ?? [];
  if (first !== undefined) return exampleOf(first);
  if (only !== undefined) return only;
  if (choices?.[0] !== undefined) return choices[0];
  switch ([type ?? 'object'].flat()[0]) {
    case 'string':
      return 'id-1';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return items === undefined ? [] : [exampleOf(items)];
    case 'null':
      return null;
    default:
      return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, exampleOf(schema)]));
  }
}
