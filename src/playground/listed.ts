import { batch, effect, signal } from '@preact/signals';

import type { Arrival } from '../contract/live.ts';
import { isJsonObject, type JsonObject, tryParseJson } from '../core/json.ts';
import { fetchArrivals, ServiceProblem } from './service.ts';
import { eventText, notice, options, startFrom } from './state.ts';

/** An event that can be shown, or a call that could not be read. */
interface Listed {
  /** What tells it apart for a reader, such as its group id. */
  label: string;
  /** Where it comes from. */
  source: string;
  /** The event; absent if the call could not be read. */
  event?: JsonObject;
  /** What was made of it in the editor. */
  text?: string;
}

/** How many are listed, as many as the service keeps. */
const MOST_LISTED = 200;

/** How long the page waits before it asks for what has arrived, in milliseconds. */
const PAUSE = 1_000;

/** The events to page through: those that arrive, or lines that were pasted. */
export const listed = signal<readonly Listed[]>([]);
/** The position of the event that is in the editor. */
export const shown = signal<number | undefined>(undefined);
/** How many events of other types SDKs have sent since the service started. */
export const ignored = signal(0);
/** Whether events of SDKs are listed as they arrive. */
export const isLive = signal(false);

/** Puts a listed event in the editor, and keeps what was made of the one before. */
export function show(position: number): void {
  const { event, text } = listed.value[position] ?? {};
  if (event === undefined) return;
  batch(() => {
    const before = shown.value === undefined ? undefined : listed.value[shown.value];
    if (before !== undefined && shown.value !== undefined) {
      listed.value = listed.value.with(shown.value, { ...before, text: eventText.value });
    }
    shown.value = position;
    if (text === undefined) startFrom(event);
    else eventText.value = text;
  });
}

/** The closest position with an event, in one direction; undefined if there is none. */
export function beside(direction: 1 | -1): number | undefined {
  const events = listed.value.flatMap(({ event }, position) => (event === undefined ? [] : [position]));
  const at = shown.value ?? -1;
  return direction === 1 ? events.find((position) => position > at) : events.findLast((position) => position < at);
}

export function clearList(): void {
  batch(() => {
    listed.value = [];
    shown.value = undefined;
  });
}

/** Takes text that the user has entered: one event, or a list of events if each line is one. */
export function enter(text: string): void {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const events = lines.length < 2 ? [] : lines.map(tryParseJson).filter(isJsonObject);
  if (events.length < 2 || events.length < lines.length) {
    eventText.value = text;
    return;
  }
  clearList();
  listed.value = events.map((event, index) => ({ label: labelOf(event), source: `line ${String(index + 1)}`, event }));
  show(0);
}

const labelOf = ({ groupId }: JsonObject) =>
  typeof groupId === 'string' || typeof groupId === 'number' ? String(groupId) : 'without group id';

function listedFrom({ receivedAt, library, event, problem = '' }: Arrival): Listed {
  const source = [new Date(receivedAt).toLocaleTimeString(), library ?? ''].join(' ').trim();
  if (!isJsonObject(event)) return { label: problem, source };
  return { label: labelOf(event), source, event };
}

/** Lists what arrives while the page is live. The newest event is shown, unless the user looks at an older one. */
export function watchArrivals(): void {
  let after = 0;
  effect(() => {
    if (!isLive.value) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      try {
        const { arrivals, ignored: count } = await fetchArrivals(after, options(controller.signal));
        if (controller.signal.aborted) return;
        ignored.value = count;
        after = arrivals.at(-1)?.id ?? after;
        if (arrivals.length > 0) list(arrivals.map(listedFrom));
      } catch (error) {
        if (controller.signal.aborted) return;
        if (error instanceof ServiceProblem && error.status === 404) {
          isLive.value = false;
          notice.value = 'This service is not live: it runs in several processes';
          return;
        }
      }
      timer = setTimeout(() => void poll(), PAUSE);
    };
    void poll();
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}

function list(added: readonly Listed[]): void {
  batch(() => {
    const isFollowing = beside(1) === undefined;
    const all = [...listed.value, ...added];
    const cut = Math.max(0, all.length - MOST_LISTED);
    listed.value = all.slice(cut);
    shown.value = shown.value === undefined || shown.value < cut ? undefined : shown.value - cut;
    const last = listed.value.findLastIndex(({ event }) => event !== undefined);
    if (isFollowing && last !== -1 && last !== shown.value) show(last);
  });
}
