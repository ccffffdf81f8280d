import type { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';

import { eventEditor, light, replaceText } from './editor.ts';
import type { Link } from './lineage.ts';
import { beside, clearList, enter, ignored, isLive, listed, show, shown } from './listed.ts';
import { baseEvents, caseNames, type Sample, sdkEvents } from './samples.ts';
import {
  chosen,
  destinations,
  event,
  eventText,
  format,
  lit,
  litInEvent,
  pointed,
  sends,
  startFrom,
  startFromCase,
  withheldFrom,
} from './state.ts';
import { faultIn } from './syntax.ts';

/** The event in an editor, and what is known of the place that is pointed at. */
export function EventPane() {
  return (
    <section class="event" aria-label="Event">
      <header>
        <h2>Event</h2>
        <Samples />
        <button type="button" aria-pressed={isLive.value} onClick={() => (isLive.value = !isLive.value)}>
          Live
        </button>
        <button type="button" disabled={event.value === undefined} onClick={format}>
          Format
        </button>
      </header>
      <EventList />
      <Editor />
      <Lineage />
    </section>
  );
}

/** The events to start from, including those of the chosen destinations' fixtures, with their configs. */
function Samples() {
  const choose = ({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
    const [kind = '', name = ''] = currentTarget.value.split(' ');
    const sample = [...baseEvents, ...sdkEvents].find((one) => one.name === name);
    const one = chosen.value.find(({ id }) => id === kind);
    if (one !== undefined) void startFromCase(one, name);
    else if (sample !== undefined) startFrom(sample.event);
    currentTarget.value = '';
  };
  const options = (kind: string, names: readonly string[]) =>
    names.map((name) => (
      <option key={name} value={`${kind} ${name}`}>
        {name}
      </option>
    ));
  const namesOf = (samples: readonly Sample[]) => samples.map(({ name }) => name);
  return (
    <select aria-label="Start from" value="" onChange={choose}>
      <option value="">Start from…</option>
      <optgroup label="Examples">{options('', namesOf(baseEvents))}</optgroup>
      <optgroup label="As SDKs send it">{options('', namesOf(sdkEvents))}</optgroup>
      {chosen.value.map(({ id, name }) => (
        <optgroup key={id} label={`Fixtures of ${titleOf(id)}, with their config`}>
          {options(id, caseNames(name))}
        </optgroup>
      ))}
    </select>
  );
}

/** The events to page through: those that arrive while the page is live, or lines that were pasted. */
function EventList() {
  if (listed.value.length === 0) return isLive.value ? <Invitation /> : null;
  const count = listed.value.filter(({ event: value }) => value !== undefined).length;
  const place = listed.value.slice(0, (shown.value ?? -1) + 1).filter(({ event: value }) => value !== undefined).length;
  return (
    <div class="listed">
      <div class="pager">
        <Step direction={-1} label="Previous event" text="‹" />
        <span>{shown.value === undefined ? `${String(count)} events` : `${String(place)} of ${String(count)}`}</span>
        <Step direction={1} label="Next event" text="›" />
        {isLive.value && <small class="live">Waiting for events</small>}
        <button type="button" onClick={clearList}>
          Clear
        </button>
      </div>
      <ol aria-label="Events">
        {listed.value.map((one, position) => (
          <li key={position}>
            {one.event === undefined ? (
              <p class="bad">
                <span>{one.label}</span> <small>{one.source}</small>
              </p>
            ) : (
              <Entry label={one.label} source={one.source} position={position} />
            )}
          </li>
        ))}
      </ol>
      {isLive.value && <Ignored />}
    </div>
  );
}

/** Why some calls of SDKs aren't listed. */
function Ignored() {
  if (ignored.value === 0) return null;
  return (
    <p class="ignored">Live lists group events only. Others ignored so far, such as identify and track: {ignored}</p>
  );
}

function Entry({ label, source, position }: { label: string; source: string; position: number }) {
  const isShown = shown.value === position;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isShown) button.current?.scrollIntoView({ block: 'nearest' });
  }, [isShown]);
  return (
    <button
      ref={button}
      type="button"
      aria-current={isShown}
      onClick={() => {
        show(position);
      }}
    >
      <span>{label}</span> <small>{source}</small>
    </button>
  );
}

function Step({ direction, label, text }: { direction: 1 | -1; label: string; text: string }) {
  const position = beside(direction);
  return (
    <button
      type="button"
      class="quiet"
      aria-label={label}
      disabled={position === undefined}
      onClick={() => {
        if (position !== undefined) show(position);
      }}
    >
      {text}
    </button>
  );
}

/** How to let events arrive. */
function Invitation() {
  return (
    <div class="listed invitation">
      <p>
        Set the host of your SDK to <code>{(location.origin + location.pathname).replace(/\/$/, '')}</code>, with any
        write key. Its group events appear here as they arrive.{' '}
        {sends ? 'They are sent to no vendor until you click Send to the vendor.' : 'Nothing is sent to vendors.'}
      </p>
      <Ignored />
    </div>
  );
}

function Editor() {
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  useEffect(() => {
    const view = eventEditor(parent.current as HTMLElement, eventText.peek(), {
      onText: enter,
      onPlace: (place) => (pointed.value = place === undefined ? undefined : { side: 'event', place }),
    });
    editor.current = view;
    const stops = [
      eventText.subscribe((text) => {
        replaceText(view, text);
      }),
      litInEvent.subscribe((places) => {
        light(view, places);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      view.destroy();
    };
  }, []);
  return <div class="editor" ref={parent} />;
}

/** At most so many places are named. */
const SHOWN = 6;

/** Says in words what is lit. */
function Lineage() {
  const at = pointed.value;
  if (event.value === undefined) {
    const fault = faultIn(eventText.value);
    return (
      <p class="lineage bad">
        This is not JSON{fault !== undefined && `: ${fault}`}. The results are those of the last event.
      </p>
    );
  }
  if (at === undefined || at.place === '' || chosen.value.length === 0) {
    return <p class="lineage">Point at a field to see where it goes, or where it comes from.</p>;
  }
  const links = [...lit.value].flatMap(([id, list]) => list.map((link) => ({ id, ...link })));
  return (
    <p class="lineage">
      <code>{at.place}</code>{' '}
      {links.length === 0 && withheldFrom.value.length === 0 && (
        <>{at.side === 'event' ? 'feeds no field' : 'comes from no field of the event'}</>
      )}
      {at.side === 'event' ? <Fed links={links} /> : <Feeding links={links} />}
      {withheldFrom.value.map((id) => (
        <span key={id}>A policy withholds it from {titleOf(id)}</span>
      ))}
    </p>
  );
}

function Fed({ links }: { links: readonly (Link & { id: string })[] }) {
  return (
    <>
      {links.slice(0, SHOWN).map(({ id, request, to }) => (
        <span key={`${id} ${request} ${to}`}>
          → {titleOf(id)} <code>{to}</code>{' '}
        </span>
      ))}
      <More count={links.length - SHOWN} />
    </>
  );
}

function Feeding({ links }: { links: readonly Link[] }) {
  const sources = new Map(links.map((link) => [link.from, link]));
  return (
    <>
      {[...sources.values()].slice(0, SHOWN).map(({ from, via }) => (
        <span key={from}>
          ← <code>{from}</code> {via.length > 0 && <em>{via.join(', ')}</em>}{' '}
        </span>
      ))}
      <More count={sources.size - SHOWN} />
    </>
  );
}

function More({ count }: { count: number }) {
  return count > 0 ? <span>and {count} more</span> : null;
}

function titleOf(id: string): string {
  const name = chosen.value.find((one) => one.id === id)?.name;
  return destinations.value.find((one) => one.name === name)?.title ?? id;
}
