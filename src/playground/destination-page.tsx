import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { Description } from '../contract/descriptions.ts';
import type { LineageRow } from '../contract/lineage.ts';
import type { ConfigSchema } from './config-schema.ts';
import { add, chosen, describe, descriptions, problem } from './state.ts';
import { fieldsOf, traitNames } from './trait-fields.ts';

/** All that is known about a destination. */
export function DestinationPage({ name }: { name: string }) {
  const isLoaded = useSignal(false);
  useEffect(() => {
    void describe(name).then(() => (isLoaded.value = true));
  }, []);
  const description = descriptions.value.get(name);
  return (
    <div class="destination">
      <p class="back">
        <a href="#catalog">← All destinations</a>
      </p>
      {description === undefined && isLoaded.value && problem.value === undefined && (
        <p>No destination has this name.</p>
      )}
      {description !== undefined && <Details description={description} />}
    </div>
  );
}

function Details({ description }: { description: Description }) {
  const { name, title, docs, aliases, accepts, reason, hosts, config, delivery, traits, lineage } = description;
  return (
    <>
      <header>
        <h2>{title}</h2>
        <code>{name}</code>
        <a
          class="button"
          href="#"
          onClick={() => {
            openInPlayground(name);
          }}
        >
          Open in playground
        </a>
      </header>
      <dl class="facts">
        <dt>Accepts</dt>
        <dd>{reason ?? <Accepted accepts={accepts} />}</dd>
        <dt>Vendor’s page</dt>
        <dd>
          <a href={docs} target="_blank" rel="noreferrer">
            {docs.replace(/^https:\/\//, '')}
          </a>
        </dd>
        {aliases.length > 0 && (
          <>
            <dt>Also called</dt>
            <dd>{aliases.join(', ')}</dd>
          </>
        )}
        {hosts !== undefined && (
          <>
            <dt>Sent to</dt>
            <dd>
              {'fromConfig' in hosts ? (
                <>
                  what <code>config.{hosts.fromConfig}</code> says
                </>
              ) : (
                hosts.join(', ')
              )}
            </dd>
          </>
        )}
      </dl>
      {config !== undefined && <Reference title="Config" schema={config} />}
      {delivery !== undefined && <Reference title="Delivery" schema={delivery} />}
      {traits !== undefined && <Traits description={description} />}
      {lineage !== undefined && <Lineage lineage={lineage} />}
    </>
  );
}

function openInPlayground(name: string): void {
  if (!chosen.value.some((one) => one.name === name)) void add(name);
}

function Accepted({ accepts }: Pick<Description, 'accepts'>) {
  const parts = [accepts.group && 'groups', accepts.groupId && 'their ids', accepts.traits && 'their traits'];
  return <>{parts.filter((part) => part !== false).join(', ')}</>;
}

interface Row {
  path: string;
  field: ConfigSchema;
  isRequired: boolean;
}

function rowsOf(schema: ConfigSchema, prefix = ''): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const own = { path, field, isRequired: schema.required?.includes(name) ?? false };
    return [own, ...rowsOf(field, `${path}.`), ...rowsOf(field.items ?? {}, `${path}[].`)];
  });
}

function typeOf({ type, enum: choices, anyOf, secret }: ConfigSchema): string {
  const plain = choices?.map((choice) => JSON.stringify(choice)) ?? anyOf?.map(typeOf) ?? [type ?? 'any'].flat();
  return `${plain.join(' | ')}${secret === true ? ', secret' : ''}`;
}

function Reference({ title, schema }: { title: string; schema: ConfigSchema }) {
  const rows = rowsOf(schema);
  return (
    <section aria-labelledby={`reference-${title}`}>
      <h3 id={`reference-${title}`}>{title}</h3>
      {rows.length === 0 ? (
        <p>There is nothing to configure.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Reference of ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Type</th>
                <th scope="col">Default</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ path, field, isRequired }) => (
                <tr key={path}>
                  <th scope="row">
                    <code>{path}</code>
                  </th>
                  <td>
                    <code>{typeOf(field)}</code>
                  </td>
                  <td>
                    {isRequired
                      ? 'required'
                      : field.default !== undefined && <code>{JSON.stringify(field.default)}</code>}
                  </td>
                  <td>{field.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Traits({ description }: { description: Description }) {
  return (
    <section aria-labelledby="traits">
      <h3 id="traits">Reserved traits</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label="Reserved traits and the fields that they feed">
        <table>
          <thead>
            <tr>
              <th scope="col">Trait</th>
              <th scope="col">Feeds</th>
              <th scope="col">Goes with all traits to</th>
            </tr>
          </thead>
          <tbody>
            {traitNames.map((name) => {
              const { own, shared } = fieldsOf(description, name);
              return (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <FieldNames fields={own} />
                  <FieldNames fields={shared} />
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function FieldNames({ fields }: { fields: readonly string[] }) {
  return (
    <td>
      {fields.map((field) => (
        <code key={field} class="field-name">
          {field}
        </code>
      ))}
    </td>
  );
}

function Lineage({ lineage }: { lineage: Record<string, readonly LineageRow[]> }) {
  const modes = Object.keys(lineage);
  const mode = useSignal(modes[0] ?? '');
  const rows = (lineage[mode.value] ?? []).filter(({ to }) => to.includes('].'));
  const distinct = [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
  return (
    <section aria-labelledby="lineage">
      <h3 id="lineage">Lineage</h3>
      {modes.length > 1 && (
        <div class="choice" role="group" aria-label="Mode">
          {modes.map((one) => (
            <button key={one} type="button" aria-pressed={mode.value === one} onClick={() => (mode.value = one)}>
              {one}
            </button>
          ))}
        </div>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Fields and what feeds them">
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Fed by</th>
              <th scope="col">Through</th>
            </tr>
          </thead>
          <tbody>
            {distinct.map((row) => (
              <tr key={JSON.stringify(row)}>
                <th scope="row">
                  <code>{row.to}</code>
                </th>
                <td>
                  <code>{row.from.join(', ')}</code>
                </td>
                <td>{row.via.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
