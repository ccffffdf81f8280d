import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';

import { isJsonObject, type Json, type JsonObject, tryParseJson } from '../core/json.ts';
import { isSecret } from '../core/secrets.ts';
import type { ConfigSchema } from './config-schema.ts';
import { JsonEditor } from './json-editor.tsx';

interface FormProps {
  schema: ConfigSchema;
  value: JsonObject;
  /** The place of the value, as the service names it. */
  place: string;
  /** The place that the service found fault with. */
  faulty: string | undefined;
  /** Whether optional fields stay closed although they have values, as in an example. */
  isBrief?: boolean;
  onChange: (value: JsonObject) => void;
}

/** Fields for the properties of an object, made from its JSON Schema; those that may be left out come last. */
export function Fields({ schema, value, place, faulty, isBrief = false, onChange }: FormProps) {
  const required = new Set(schema.required);
  const set = (name: string, field: Json | undefined) => {
    const { [name]: replaced, ...rest } = value;
    if (field !== replaced) onChange(field === undefined ? rest : { ...rest, [name]: field });
  };
  const entries = Object.entries(schema.properties ?? {});
  const fields = (list: typeof entries) =>
    list.map(([name, field]) => (
      <Field
        key={name}
        name={name}
        schema={field}
        value={value[name]}
        place={`${place}.${name}`}
        faulty={faulty}
        isRequired={required.has(name)}
        onChange={(changed) => {
          set(name, changed);
        }}
      />
    ));
  const needed = entries.filter(([name]) => required.has(name));
  const others = entries.filter(([name]) => !required.has(name));
  if (needed.length === 0 || others.length < 2) return <>{fields([...needed, ...others])}</>;
  const isFaulty = others.some(([name]) => faulty?.startsWith(`${place}.${name}`));
  const isUsed = others.some(([name]) => value[name] !== undefined);
  return (
    <>
      {fields(needed)}
      <details class="others" open={isFaulty || (isUsed && !isBrief)}>
        <summary>{others.length} more</summary>
        {fields(others)}
      </details>
    </>
  );
}

interface FieldProps {
  name: string;
  schema: ConfigSchema;
  value: Json | undefined;
  place: string;
  faulty: string | undefined;
  isRequired: boolean;
  onChange: (value: Json | undefined) => void;
}

function Field(props: FieldProps) {
  const { name, schema, value, place, faulty, isRequired, onChange } = props;
  const id = useId();
  const isFaulty = faulty === place;
  const described = schema.description === undefined ? undefined : `${id}-about`;
  const control: ControlProps = { id, label: name, schema, value, onChange, isRequired, isFaulty, described };
  if (schema.items?.properties !== undefined) return <Rows {...props} items={schema.items} />;
  return (
    <div class={isFaulty ? 'field faulty' : 'field'} data-place={place}>
      <label for={id}>
        {name}
        {isRequired && <abbr title="required">*</abbr>}
      </label>
      <Control {...control} />
      {described !== undefined && (
        <p id={described} class="about">
          {schema.description}
        </p>
      )}
    </div>
  );
}

interface ControlProps {
  id: string;
  label: string;
  schema: ConfigSchema;
  value: Json | undefined;
  isRequired: boolean;
  isFaulty: boolean;
  described: string | undefined;
  onChange: (value: Json | undefined) => void;
}

type Shape = 'secret' | 'choice' | 'boolean' | 'number' | 'text' | 'json';

function shapeOf(schema: ConfigSchema): Shape {
  const { type, enum: choices, anyOf } = schema;
  const types = [type ?? []].flat();
  if (isSecret(schema)) return 'secret';
  if (choices !== undefined) return 'choice';
  if (types.includes('boolean')) return 'boolean';
  if (types.includes('number') || types.includes('integer')) return 'number';
  if (anyOf !== undefined || types.includes('array') || types.includes('object')) return 'json';
  return 'text';
}

function Control({ id, label, schema, value, isRequired, isFaulty, described, onChange }: ControlProps) {
  const common = { id, 'aria-invalid': isFaulty, 'aria-describedby': described };
  const type = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    onChange(currentTarget.value === '' ? undefined : currentTarget.value);
  };
  const plain = { ...common, required: isRequired, spellcheck: false, onInput: type, placeholder: defaultOf(schema) };
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  switch (shapeOf(schema)) {
    case 'choice':
      return (
        <select
          {...common}
          value={text}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value === '' ? undefined : currentTarget.value);
          }}
        >
          <option value="">{defaultOf(schema) === undefined ? '' : `${defaultOf(schema) ?? ''} (default)`}</option>
          {(schema.enum ?? []).map(String).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    case 'boolean':
      return (
        <input
          {...common}
          type="checkbox"
          checked={(value ?? schema.default) === true}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.checked);
          }}
        />
      );
    case 'number':
      return (
        <input
          {...plain}
          type="number"
          value={text}
          onInput={({ currentTarget }) => {
            onChange(currentTarget.value === '' ? undefined : currentTarget.valueAsNumber);
          }}
        />
      );
    case 'secret':
      return <Secret {...plain} value={text} />;
    case 'json':
      return <JsonText label={label} value={value} onChange={onChange} />;
    case 'text':
      return <input {...plain} type="text" autocomplete="off" value={text} />;
  }
}

function defaultOf({ default: value }: ConfigSchema): string | undefined {
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

function Secret(props: { id: string; value: string }) {
  const isShown = useSignal(false);
  return (
    <span class="secret">
      {isShown.value ? (
        <input {...props} type="text" autocomplete="off" />
      ) : (
        <input {...props} type="password" autocomplete="new-password" />
      )}
      <button
        type="button"
        aria-pressed={isShown.value}
        aria-controls={props.id}
        onClick={() => (isShown.value = !isShown.value)}
      >
        {isShown.value ? 'Hide' : 'Show'}
      </button>
    </span>
  );
}

/** A value that no simple control can hold. */
function JsonText({ label, value, onChange }: { label: string } & Pick<ControlProps, 'value' | 'onChange'>) {
  const take = (text: string) => {
    const parsed = tryParseJson(text);
    if (parsed !== undefined || text.trim() === '') onChange(parsed);
  };
  return <JsonEditor label={label} text={value === undefined ? '' : JSON.stringify(value)} onText={take} />;
}

/** A list of objects, a row for each. */
function Rows({ name, schema, items, value, place, faulty, onChange }: FieldProps & { items: ConfigSchema }) {
  const rows = Array.isArray(value) ? value.filter(isJsonObject) : [];
  const put = (changed: JsonObject[]) => {
    onChange(changed.length === 0 ? undefined : changed);
  };
  return (
    <fieldset class="rows">
      <legend>{name}</legend>
      {schema.description !== undefined && <p class="about">{schema.description}</p>}
      {rows.map((row, index) => (
        <div class="row" key={index}>
          <Fields
            schema={items}
            value={row}
            place={`${place}.${String(index)}`}
            faulty={faulty}
            onChange={(changed) => {
              put(rows.with(index, changed));
            }}
          />
          <button
            type="button"
            aria-label={`Remove row ${String(index + 1)}`}
            onClick={() => {
              put(rows.toSpliced(index, 1));
            }}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        onClick={() => {
          put([...rows, {}]);
        }}
      >
        Add a row
      </button>
    </fieldset>
  );
}
