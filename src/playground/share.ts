import { batch } from '@preact/signals';
import { isJsonObject, tryParseJson, type JsonObject } from '../core/json.ts';
import { withoutSecrets } from './config-schema.ts';
import { chosen, describe, eventText, followCase, schemaOf } from './state.ts';

/** What a shared link says; never a secret, a token or an answer. */
interface Shared {
  event: string;
  destinations: { id: string; name: string; config: JsonObject; script?: string }[];
}

/** The fragment of a link that opens the page as it is now, less what is secret. */
export async function toFragment(): Promise<string> {
  await Promise.all(chosen.value.map(({ name }) => describe(name)));
  const shared: Shared = {
    event: eventText.value,
    destinations: chosen.value.map(({ id, name, config, script }) => ({
      id,
      name,
      config: withoutSecrets(schemaOf(name), config),
      ...(script && { script: script.name }),
    })),
  };
  const bytes = await piped(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream('deflate-raw'));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return `#s=${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
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
  batch(() => {
    eventText.value = shared.event;
    chosen.value = shared.destinations.map(({ id, name, config }) => ({ id, name, config, delivery: {}, answers: {} }));
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
