import { apply } from 'json-merge-patch';

import type { Answer } from '../contract/dialogue.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';

/** An event to start from. */
export interface Sample {
  name: string;
  event: JsonObject;
}

interface FixtureFile {
  event: string;
  patch?: JsonObject;
  config?: JsonObject;
  delivery?: JsonObject;
  dialogue?: { answer?: Answer }[];
}

/** One case of a destination: an event, a config and what the vendor answers. */
export interface Case {
  name: string;
  event: JsonObject;
  config: JsonObject;
  delivery: JsonObject;
  /** In the order of asking. */
  answers: readonly (Answer | undefined)[];
}

const nameOf = (file: string) => file.replace(/^.*\/|\.json$/g, '');

const baseFiles = import.meta.glob<JsonObject>('../../fixtures/_events/*.json', { eager: true, import: 'default' });
const sdkFiles = import.meta.glob<JsonObject>('../../examples/payloads/*.json', { eager: true, import: 'default' });
const fixtureFiles = import.meta.glob<FixtureFile>(['../../fixtures/*/*.json', '!../../fixtures/_events/*.json'], {
  import: 'default',
});

const samplesOf = (files: Record<string, JsonObject>) =>
  Object.entries(files).map(([file, event]): Sample => ({ name: nameOf(file), event }));

/** The events that fixtures patch. */
export const baseEvents: readonly Sample[] = samplesOf(baseFiles);

/** Events as the SDKs send them. */
export const sdkEvents: readonly Sample[] = samplesOf(sdkFiles);

const folderOf = (destination: string) => `../../fixtures/${destination}/`;

/** The names of a destination's cases. */
export function caseNames(destination: string): string[] {
  return Object.keys(fixtureFiles)
    .filter((file) => file.startsWith(folderOf(destination)))
    .map(nameOf);
}

/** Loads a case of a destination. @throws {Error} when there is none of this name */
export async function loadCase(destination: string, name: string): Promise<Case> {
  const load = fixtureFiles[`${folderOf(destination)}${name}.json`];
  if (load === undefined) throw new Error(`${destination} has no case ${name}`);
  const { event, patch = {}, config = {}, delivery = {}, dialogue = [] } = await load();
  const base = baseEvents.find((sample) => sample.name === event)?.event;
  const patched: unknown = apply(structuredClone(base ?? {}), patch);
  return {
    name,
    event: isJsonObject(patched) ? patched : {},
    config,
    delivery,
    answers: dialogue.map(({ answer }) => answer),
  };
}
