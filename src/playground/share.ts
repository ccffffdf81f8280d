import { batch, effect } from '@preact/signals';

import { isJsonObject, type Json, type JsonObject, tryParseJson } from '../core/json.ts';
import { withPlaceholders } from './config-schema.ts';
import { chosen, describe, descriptions, eventText, followCase, schemaOf } from './state.ts';

/** What a shared link says; never a secret, a token or an answer. */
interface Shared {
  event: string;
  destinations: {
    id: string;
    name: string;
    config: JsonObject;
    policy?: Json;
    script?: string;
    isExample?: boolean;
  }[];
}

/** Where the page keeps its state over a reload, in this tab only. */
const KEY = 'group-transformer';

function sharedState(): Shared {
  return {
    event: eventText.value,
    destinations: chosen.value.map(({ id, name, config, policy, script, isExample = false }) => ({
      id,
      name,
      config: isExample ? config : withPlaceholders(name, schemaOf(name), config),
      ...(policy !== undefined && { policy }),
      ...(script && { script: script.name }),
      ...(isExample && { isExample }),
    })),
  };
}

/** The fragment of a link that opens the page as it is now, with placeholders for secrets. */
export async function toFragment(): Promise<string> {
  await Promise.all(chosen.value.map(({ name }) => describe(name)));
  const text = JSON.stringify(sharedState());
  const bytes = await piped(new TextEncoder().encode(text), new CompressionStream('deflate-raw'));
  const code = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return `#s=${code.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** Keeps the state over a reload, from now on, as a shared link would. */
export function remember(): void {
  effect(() => {
    // Only their schemas tell what is a secret.
    if (!chosen.value.every(({ name }) => descriptions.value.has(name))) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(sharedState()));
    } catch {
      // The browser keeps nothing, or the event is too large for it.
    }
  });
}

/** Opens the state that was kept, if any. */
export function recall(): void {
  try {
    const kept = tryParseJson(sessionStorage.getItem(KEY) ?? '');
    if (isShared(kept)) restore(kept);
  } catch {
    // The browser keeps nothing.
  }
}

/**
 * Opens what a fragment says.
 * @throws {Error} when it is damaged
 */
export async function open(fragment: string): Promise<void> {
  const code = fragment.replace(/^#s=/, '').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(code), (character) => character.charCodeAt(0));
  const text = new TextDecoder().decode(await piped(bytes, new DecompressionStream('deflate-raw')));
  const shared: unknown = tryParseJson(text);
  if (!isShared(shared)) throw new Error('this link cannot be read');
  restore(shared);
}

function restore(shared: Shared): void {
  batch(() => {
    eventText.value = shared.event;
    chosen.value = shared.destinations.map(({ id, name, config, policy, isExample = false }) => ({
      id,
      name,
      config,
      delivery: {},
      policy,
      answers: {},
      isExample,
    }));
  });
  for (const one of chosen.value) {
    void describe(one.name);
    const script = shared.destinations.find(({ id }) => id === one.id)?.script;
    if (script !== undefined) void followCase(one, script);
  }
}

function isShared(value: unknown): value is Shared {
  if (!isJsonObject(value) || typeof value.event !== 'string' || !Array.isArray(value.destinations)) return false;
  return value.destinations.every(
    (one) =>
      isJsonObject(one) && typeof one.id === 'string' && typeof one.name === 'string' && isJsonObject(one.config),
  );
}

async function piped(bytes: Uint8Array<ArrayBuffer>, through: CompressionStream | DecompressionStream) {
  const stream = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
