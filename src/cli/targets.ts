import { readFile } from 'node:fs/promises';

import { destination } from '../contract/envelope.ts';
import { bindConfig } from '../core/bind.ts';
import { isRejecting } from '../core/definition.ts';
import { isJsonObject, type JsonObject, tryParseJson } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { schemaOf } from '../core/redact.ts';
import type { Registry } from '../core/registry.ts';
import type { Target } from '../core/transform.ts';
import { warnOfUnknownFields } from '../core/unknown-fields.ts';
import { readDestinations } from '../wire/native/envelope.ts';
import { Problem } from '../wire/problem.ts';
import { diagnoseJson } from '../wire/syntax.ts';
import { find } from './destinations.ts';
import { unreadableFile, UsageError } from './usage.ts';

/** How the command line names destinations. */
export interface Choice {
  /** Names, or the ids that the file gives. */
  to?: readonly string[];
  /** A file with `{ name: config }`, or with a list of destinations as in `POST /transform`. */
  config?: string;
}

/**
 * The chosen destinations, ready for events: all in the file, or those in `to`.
 * @throws {UsageError} if one is unknown or its config is invalid, before any event is read
 */
export async function readTargets(choice: Choice, registry: Registry): Promise<Target[]> {
  const targets = await chooseTargets(choice);
  for (const target of targets) check(target, registry);
  return targets;
}

/**
 * The chosen destinations as they are written. Their names and configs may be invalid.
 * @throws {UsageError} if there are none, or one is not written as a destination
 */
export async function chooseTargets({ to, config }: Choice): Promise<Target[]> {
  const configured = config === undefined ? [] : await readConfig(config);
  const destinations = to?.flatMap((wanted) => select(wanted, configured)) ?? configured;
  if (destinations.length === 0) throw new UsageError('no destinations: name them with --to, --config or both');
  return parse(destinations, config);
}

async function readConfig(file: string): Promise<JsonObject[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  const json = tryParseJson(text);
  if (json === undefined) throw new UsageError(`${file}: ${diagnoseJson(Buffer.from(text), 'the document').message}`);
  if (Array.isArray(json) && json.every(isJsonObject)) return json;
  if (isJsonObject(json)) return Object.entries(json).map(([name, config]) => ({ name, config }));
  throw new UsageError(`${file}: the file is neither { name: config } nor a list of destinations`);
}

function select(wanted: string, configured: readonly JsonObject[]): readonly JsonObject[] {
  const found = configured.filter(({ id, name }) => id === wanted || name === wanted);
  return found.length > 0 ? found : [{ name: wanted }];
}

function parse(destinations: readonly JsonObject[], file: string | undefined): Target[] {
  try {
    return readDestinations({ destinations });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { path = '', message } = error;
    const near = fieldMeantBy(path);
    const from = file === undefined ? '' : `${file}: `;
    throw new UsageError(from + (near === undefined ? message : `${path} is unknown; did you mean ${near}?`));
  }
}

/** The field of a destination that is likely to be meant by the path of one that doesn't exist. */
function fieldMeantBy(path: string): string | undefined {
  const [, field] = /^destinations\[\d+\]\.([^.]+)$/.exec(path) ?? [];
  return field === undefined || Object.hasOwn(destination.shape, field)
    ? undefined
    : nearest(field, Object.keys(destination.shape));
}

/** @throws {UsageError} if the destination is unknown or its config is invalid */
export function check({ id, name, config, delivery, enabled }: Target, registry: Registry): void {
  const found = find(registry, name);
  if (isRejecting(found) || !enabled) return;
  for (const { message } of warnOfUnknownFields(schemaOf(found.config), config))
    console.error(`warning: ${id}: ${message}`);
  const bound = bindConfig(found, config, delivery);
  if ('outcome' in bound) throw new UsageError(`${id}: ${bound.message}`);
}
