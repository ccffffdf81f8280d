import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import type { Summary } from '../contract/descriptions.ts';
import { add, destinations } from './state.ts';

/** How many are offered at once. */
const OFFERED = 12;

/** Destinations that match the typed text. Those that take groups and start with it come first. */
export function matching(all: readonly Summary[], typed: string): Summary[] {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ title, name, aliases, accepts }: Summary): number => {
    const names = [title, name, ...aliases].map((text) => text.toLowerCase());
    if (!names.some((text) => text.includes(wanted))) return -1;
    return (names.some((text) => text.startsWith(wanted)) ? 2 : 0) + (accepts.group ? 1 : 0);
  };
  const ranked = all.map((one) => ({ one, place: rank(one) })).filter(({ place }) => place >= 0);
  return ranked.sort((a, b) => b.place - a.place || a.one.title.localeCompare(b.one.title)).map(({ one }) => one);
}

/**
 * The search for destinations to add.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function Search() {
  const typed = useSignal('');
  const isOpen = useSignal(false);
  const active = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const found = matching(destinations.value, typed.value).slice(0, OFFERED);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, select, textarea, [contenteditable]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping !== null) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => {
      removeEventListener('keydown', focus);
    };
  }, []);

  const choose = ({ name }: Summary) => {
    void add(name);
    typed.value = '';
    isOpen.value = false;
    active.value = 0;
  };
  const press = (event: KeyboardEvent) => {
    const one = found[active.value];
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move !== undefined && found.length > 0) {
      active.value = isOpen.value ? (active.value + move + found.length) % found.length : 0;
      isOpen.value = true;
    } else if (event.key === 'Enter' && isOpen.value && one !== undefined) choose(one);
    else if (event.key === 'Escape') {
      if (!isOpen.value) typed.value = '';
      isOpen.value = false;
    } else return;
    event.preventDefault();
  };
  const type = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    typed.value = currentTarget.value;
    isOpen.value = true;
    active.value = 0;
  };
  return (
    <div class="search">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Add a destination"
        aria-autocomplete="list"
        aria-expanded={isOpen.value}
        aria-controls="found"
        aria-activedescendant={isOpen.value && found.length > 0 ? `found-${String(active.value)}` : undefined}
        placeholder="Add a destination"
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={type}
        onKeyDown={press}
        onClick={() => (isOpen.value = true)}
        onBlur={() => (isOpen.value = false)}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id="found" role="listbox" aria-label="Destinations" hidden={!isOpen.value}>
        {found.map((one, index) => (
          <li
            key={one.name}
            id={`found-${String(index)}`}
            role="option"
            aria-selected={index === active.value}
            onMouseMove={() => (active.value = index)}
            onMouseDown={(event) => {
              event.preventDefault();
            }}
            onClick={() => {
              choose(one);
            }}
          >
            <span>{one.title}</span>
            <small>{one.accepts.group ? one.name : 'takes no groups'}</small>
          </li>
        ))}
        {found.length === 0 && <li class="none">No destination has this name</li>}
      </ul>
    </div>
  );
}
