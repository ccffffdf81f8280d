import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Json, JsonObject } from '../../src/core/json.ts';
import { projectFolder } from '../support/project.ts';
import type { Answer } from './differences.ts';

/** What a pipeline asked its transformer, and was answered. */
export interface Exchange {
  /** The type, what it was asked as, and a number: `klaviyo/generated/4`. */
  id: string;
  path: string;
  request: Json;
  response: Answer;
}

/** What a vendor was asked, and answered. */
export interface VendorExchange {
  request: { method: string; url: string; params?: Record<string, string>; body?: Json };
  response: { status: number; body?: Json };
}

const root = path.join(projectFolder, '../shared/conformance');

/** The folders of exchanges, each with a file per type; the last is of our own, where the others have no request left. */
const folders = [
  ...['cases', 'generated', 'streams'].map((name) => path.join(root, name)),
  path.join(import.meta.dirname, 'own'),
];

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const isJsonFile = (name: string) => name.endsWith('.json');

/** The types with recorded exchanges. */
export function recordedTypes(): string[] {
  const names = folders.flatMap((folder) => readdirSync(folder).filter(isJsonFile));
  return [...new Set(names)].sort().map((name) => path.basename(name, '.json'));
}

export function exchangesOf(type: string): Exchange[] {
  return folders
    .map((folder) => path.join(folder, `${type}.json`))
    .filter((file) => existsSync(file))
    .flatMap((file) => readJson(file) as Exchange[]);
}

export function vendorExchanges(): VendorExchange[] {
  const folder = path.join(root, 'vendors');
  return readdirSync(folder).flatMap((name) => readJson(path.join(folder, name)) as VendorExchange[]);
}

/** A request whose events are of the type `Group`, with that in lower case; undefined where none is. */
export function inLowerCase(request: Json): Json | undefined {
  const text = JSON.stringify(request);
  const lowered = text.replaceAll('"type":"Group"', '"type":"group"');
  return lowered === text ? undefined : (JSON.parse(lowered) as Json);
}

/** The request as a server sends it that names each destination once. */
export function compacted(request: Json): JsonObject {
  const { input, ...rest } = (Array.isArray(request) ? { input: request } : request) as { input: JsonObject[] };
  const destinations: JsonObject = {};
  const connections: JsonObject = {};
  const idOf = new Map<string, string>();
  const items = input.map(({ destination = {}, ...item }) => {
    const text = JSON.stringify(destination);
    const destinationId = idOf.get(text) ?? `d${String(idOf.size)}`;
    idOf.set(text, destinationId);
    destinations[destinationId] = destination;
    connections[`s:${destinationId}`] = { sourceId: 's', destinationId, enabled: true, config: {} };
    return { ...item, metadata: { ...(item.metadata as JsonObject), destinationId, sourceId: 's' } };
  });
  return { ...rest, input: items, destinations, connections };
}
