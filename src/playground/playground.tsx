import { signal } from '@preact/signals';

import { Badge, Column } from './column.tsx';
import { EventPane } from './event-pane.tsx';
import { Search } from './search.tsx';
import { toFragment } from './share.ts';
import { add, chosen, destinations, notice, sends, shownOutcomes, showsSecrets } from './state.ts';

const panes = ['Event', 'Destinations', 'Result'] as const;

/** The pane that is seen where there is room for one. */
const pane = signal<(typeof panes)[number]>('Event');

/** The event, the destinations that were chosen, and what becomes of the one at the others. */
export function Playground() {
  return (
    <div class="playground" data-pane={pane}>
      <div class="panes" role="group" aria-label="Panes">
        {panes.map((name) => (
          <button key={name} type="button" aria-pressed={pane.value === name} onClick={() => (pane.value = name)}>
            {name}
            {name === 'Destinations' && chosen.value.length > 0 && <small>{chosen.value.length}</small>}
          </button>
        ))}
      </div>
      <Outcomes />
      <EventPane />
      <section class="targets" aria-label="Destinations">
        <div class="bar">
          <Search />
          <label class="switch">
            <input
              type="checkbox"
              checked={showsSecrets.value}
              onChange={({ currentTarget }) => (showsSecrets.value = currentTarget.checked)}
            />
            <span>With secrets</span>
          </label>
          <button type="button" class="primary" onClick={() => void share()}>
            Share
          </button>
        </div>
        {chosen.value.length === 0 ? <Welcome /> : <Columns />}
      </section>
    </div>
  );
}

/** The outcome of the event for each destination, if there is room for one pane only. */
function Outcomes() {
  if (chosen.value.length === 0) return null;
  return (
    <ul class="outcomes" aria-label="Outcomes">
      {chosen.value.map(({ id, name }) => {
        const outcome = shownOutcomes.value.get(id);
        return (
          <li key={id}>
            <button type="button" onClick={() => (pane.value = 'Result')}>
              {destinations.value.find((one) => one.name === name)?.title ?? name}{' '}
              {outcome !== undefined && <Badge outcome={outcome} />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Columns() {
  return (
    <div class="columns">
      {chosen.value.map((one) => (
        <Column key={one.id} chosen={one} />
      ))}
    </div>
  );
}

/** Destinations of different kinds, to start with. */
const suggested = ['stormly', 'amplitude', 'intercom', 'hubspot'];

function Welcome() {
  const known = suggested.flatMap((name) => destinations.value.find((one) => one.name === name) ?? []);
  return (
    <div class="welcome">
      <h2>Where should this event go?</h2>
      <p>
        Choose destinations to see the exact requests that each one gets, or why it gets none. They start with example
        values, and change as you type.{' '}
        {sends
          ? 'Nothing is sent until you click Send to the vendor.'
          : 'The page calls only this service, and no vendor.'}
      </p>
      <ul>
        {known.map(({ name, title }) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => {
                void add(name);
              }}
            >
              {title}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function share(): Promise<void> {
  const url = new URL(await toFragment(), location.href).href;
  history.replaceState(null, '', url);
  await navigator.clipboard.writeText(url);
  notice.value = 'Link copied, with placeholders for secrets';
}
