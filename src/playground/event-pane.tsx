import { useEffect, useRef } from 'preact/hooks';
import type { EditorView } from '@codemirror/view';
import { eventEditor, light, replaceText } from './editor.ts';
import type { Link } from './lineage.ts';
import { baseEvents, caseNames, sdkEvents, type Sample } from './samples.ts';
import {
  chosen,
  destinations,
  event,
  eventText,
  lit,
  litInEvent,
  pointed,
  format,
  startFrom,
  startFromCase,
} from './state.ts';

/** The event in an editor, and what is known of the place that is pointed at. */
export function EventPane() {
  return (
    <section class="event" aria-label="Event">
      <header>
        <h2>Event</h2>
        <Samples />
        <button type="button" disabled={event.value === undefined} onClick={format}>
          Format
        </button>
      </header>
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

function Editor() {
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  useEffect(() => {
    const view = eventEditor(parent.current as HTMLElement, eventText.peek(), {
      onText: (text) => (eventText.value = text),
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
  if (event.value === undefined) return <p class="lineage bad">This is not JSON; the last results are kept.</p>;
  if (at === undefined || at.place === '' || chosen.value.length === 0) {
    return <p class="lineage">Point at a field to see where it goes, or where it comes from.</p>;
  }
  const links = [...lit.value].flatMap(([id, list]) => list.map((link) => ({ id, ...link })));
  return (
    <p class="lineage">
      <code>{at.place}</code>{' '}
      {links.length === 0 ? (at.side === 'event' ? 'feeds no field' : 'comes from no field of the event') : null}
      {at.side === 'event' ? <Fed links={links} /> : <Feeding links={links} />}
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
