import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { Fields } from './config-form.tsx';
import {
  toCurl,
  toDestinationsFile,
  toFixture,
  toHar,
  toLibraryCode,
  toTransformCall,
  variablesOf,
  withoutSecrets,
} from './copy.ts';
import { Dialogue } from './dialogue.tsx';
import { requestsOf } from './lineage.ts';
import { PolicyEditor } from './policy-editor.tsx';
import { RequestView } from './request-view.tsx';
import { Sending } from './sending.tsx';
import type { Outcome } from './service.ts';
import {
  change,
  type Chosen,
  deliverySchemaOf,
  descriptions,
  destinations,
  event,
  notice,
  pointed,
  remove,
  schemaOf,
  sends,
  shownOutcomes,
  showsSecrets,
  token,
} from './state.ts';

/** A chosen destination: its config, and its result. */
export function Column({ chosen }: { chosen: Chosen }) {
  const { id, name } = chosen;
  const title = destinations.value.find((one) => one.name === name)?.title ?? name;
  const outcome = shownOutcomes.value.get(id);
  const heading = `title-${id}`;
  const column = useRef<HTMLElement>(null);
  useEffect(() => column.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), []);
  return (
    <article ref={column} class={event.value === undefined ? 'column stale' : 'column'} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          {title}
          {id !== name && <small> {id}</small>}
        </h2>
        <a href={`#catalog/${name}`} aria-label={`Reference of ${title}`}>
          Reference
        </a>
        <button
          type="button"
          class="quiet"
          aria-label={`Remove ${title}`}
          onClick={() => {
            remove(id);
          }}
        >
          ×
        </button>
      </header>
      <Config chosen={chosen} outcome={outcome} />
      {outcome !== undefined && <Result chosen={chosen} outcome={outcome} />}
    </article>
  );
}

function Config({ chosen, outcome }: { chosen: Chosen; outcome: Outcome | undefined }) {
  const { id, name, config, delivery, policy } = chosen;
  const isOpen = useSignal(true);
  // What the user opens or changes must not close, or open, anything else.
  const isBrief = useRef(chosen.isExample === true).current;
  const description = descriptions.value.get(name);
  if (description?.config === undefined) return null;
  const faulty = outcome?.result.outcome === 'fail' ? outcome.result.path : undefined;
  const deliverySchema = deliverySchemaOf(name);
  return (
    <details class="config" open={isOpen.value} onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>Configuration {chosen.isExample === true && <small class="example">example values</small>}</summary>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
        }}
      >
        <Fields
          schema={schemaOf(name)}
          value={config}
          place="config"
          faulty={faulty}
          isBrief={isBrief}
          onChange={(changed) => {
            change(id, { config: changed });
          }}
        />
        {deliverySchema !== undefined && (
          <Fields
            schema={deliverySchema}
            value={delivery}
            place="delivery"
            faulty={faulty}
            onChange={(changed) => {
              change(id, { delivery: changed });
            }}
          />
        )}
        <PolicyEditor
          policy={policy}
          isFaulty={faulty?.startsWith('policy') === true}
          onChange={(changed) => {
            change(id, { policy: changed });
          }}
        />
      </form>
    </details>
  );
}

function Result({ chosen, outcome }: { chosen: Chosen; outcome: Outcome }) {
  const { result } = outcome;
  return (
    <div class="result">
      <div class="outcome">
        <Badge outcome={outcome} />
        <Copies chosen={chosen} outcome={outcome} />
      </div>
      {(result.outcome === 'drop' || result.outcome === 'fail') && (
        <div class="reason">
          <code>{result.code}</code>
          {result.outcome === 'fail' && result.path !== undefined && <Place place={result.path} />}
          <p>{result.message}</p>
        </div>
      )}
      <Dialogue chosen={chosen} outcome={outcome} />
      {requestsOf(outcome).map((request, index, { length }) => (
        <div key={index} class="card" role="group" aria-label={`Request ${String(index + 1)}`}>
          {length > 1 && <h3>Request {index + 1}</h3>}
          <RequestView id={chosen.id} requestKey={String(index)} request={request} />
        </div>
      ))}
      {sends && result.outcome === 'send' && <Sending id={chosen.id} />}
      <Warnings outcome={outcome} />
      <Places title="Withheld by a policy" places={result.explain?.withheld} />
      <Places title="Not used" places={result.explain?.unused} />
    </div>
  );
}

export function Badge({ outcome: { result } }: { outcome: Outcome }) {
  const words = {
    send: 'Send',
    drop: 'Drop',
    fail: 'Fail',
    ask: 'Ask',
  }[result.outcome];
  const count = result.outcome === 'send' ? result.requests.length : result.outcome === 'ask' ? result.asks.length : 0;
  const what = result.outcome === 'ask' ? 'call' : 'request';
  return (
    <strong class={`badge ${result.outcome}`}>
      {words}
      {count > 0 && ` ${String(count)} ${what}${count === 1 ? '' : 's'}`}
    </strong>
  );
}

/** A place in the event, which lights up there. */
function Place({ place }: { place: string }) {
  const point = () => (pointed.value = { side: 'event', place });
  const leave = () => (pointed.value = undefined);
  return (
    <button type="button" class="place" onMouseEnter={point} onMouseLeave={leave} onFocus={point} onBlur={leave}>
      {place}
    </button>
  );
}

function Warnings({ outcome: { result } }: { outcome: Outcome }) {
  if (result.warnings === undefined) return null;
  return (
    <div class="warnings" role="group" aria-label="Warnings">
      <h3>Warnings</h3>
      <ul>
        {result.warnings.map(({ code, path, message }) => (
          <li key={`${code} ${path}`}>
            <code>{code}</code> <Place place={path} />
            <p>{message}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Places of the event that the vendor doesn't get. */
function Places({ title, places = [] }: { title: string; places: readonly string[] | undefined }) {
  if (places.length === 0) return null;
  return (
    <div class="places" role="group" aria-label={title}>
      <h3>{title}</h3>
      <p>
        {places.map((place) => (
          <Place key={place} place={place} />
        ))}
      </p>
    </div>
  );
}

function Copies({ chosen, outcome }: { chosen: Chosen; outcome: Outcome }) {
  const { name, config, delivery, policy } = chosen;
  const { event: value, exchanges } = outcome;
  const requests = requestsOf(outcome);
  const schemas = { schema: schemaOf(name), deliverySchema: deliverySchemaOf(name) };
  const input = { name, event: value, config, delivery, policy, exchanges, ...schemas };
  const call = { token: token.value };
  const curl = async () => {
    if (showsSecrets.value) return toCurl(requests);
    return toCurl((await withoutSecrets(input, call)) ?? requests, variablesOf(input));
  };
  const har = async () => toHar(showsSecrets.value ? requests : ((await withoutSecrets(input, call)) ?? requests));
  const service = location.origin + location.pathname;
  const copies = [
    ...(requests.length === 0
      ? []
      : [
          { label: 'cURL', what: 'cURL', text: curl },
          { label: 'HAR', what: 'HAR', text: har },
        ]),
    { label: 'API call', what: 'a call of this service', text: () => toTransformCall(input, service) },
    { label: 'Library code', what: 'library code', text: () => toLibraryCode(input) },
    { label: 'destinations.json', what: 'destinations.json', text: () => toDestinationsFile([input]) },
    { label: 'Fixture', what: `fixtures/${name}/….json`, text: () => toFixture(input, call) },
  ];
  return (
    <div class="copies" role="group" aria-label="Copy as">
      <span aria-hidden="true">Copy</span>
      {copies.map(({ label, what, text }) => (
        <button key={label} type="button" onClick={() => void copy(what, text)}>
          {label}
        </button>
      ))}
    </div>
  );
}

async function copy(what: string, text: () => string | Promise<string>): Promise<void> {
  try {
    await navigator.clipboard.writeText(await text());
    notice.value = `Copied as ${what}`;
  } catch (error) {
    notice.value = `Not copied: ${error instanceof Error ? error.message : 'the browser refused'}`;
  }
}
