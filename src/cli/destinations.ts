import _ from 'lodash';

import type { Description, Summary } from '../contract/descriptions.ts';
import { type Destination, isRejecting } from '../core/definition.ts';
import { describe, summarize } from '../core/describe.ts';
import type { Registry } from '../core/registry.ts';
import { foldersIn, loadRegistry, unknownName } from '../loader/load.ts';
import { columns } from './columns.ts';
import { UsageError } from './usage.ts';

export interface DestinationsOptions {
  json?: boolean;
  /** Whether to leave out destinations that take no groups. */
  takesGroups?: boolean;
}

/** Prints all destinations, or everything known about one. */
export async function destinations(
  name: string | undefined,
  { json = false, takesGroups = false }: DestinationsOptions,
): Promise<void> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  if (name === undefined) {
    const chosen = takesGroups ? _.reject(registry.destinations, isRejecting) : registry.destinations;
    const summaries = chosen.map(summarize);
    process.stdout.write(json ? toJson(summaries) : columns(summaries.map(toRow)));
  } else {
    const destination = find(registry, name);
    process.stdout.write(json ? toJson(describe(destination)) : toText(destination));
  }
}

/** @throws {UsageError} if there is no such destination */
export function find(registry: Registry, name: string): Destination {
  const destination = registry.get(name);
  if (destination === undefined) throw new UsageError(unknownName(name, _.map(registry.destinations, 'name')));
  return destination;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function toRow({ name, title, accepts: { group, groupId, traits } }: Summary): string[] {
  const parts = [groupId ? 'ids' : '', traits ? 'traits' : ''].filter((part) => part !== '');
  return [name, title, group ? parts.join(', ') : 'takes no groups'];
}

function toText(destination: Destination): string {
  const description = describe(destination);
  const { name, title, docs, aliases, reason } = description;
  const facts = [
    ['name', name],
    ['docs', docs],
    ...(aliases.length > 0 ? [['also', aliases.join(', ')]] : []),
    ...(reason === undefined ? [] : [['groups', `none: ${reason}`]]),
  ];
  const sections = [`${title}\n`, columns(facts)];
  if (!isRejecting(destination))
    sections.push(`config\n${columns(configRows(description))}`, ...lineageTexts(description));
  return sections.join('\n');
}

interface ConfigSchema {
  properties?: Record<string, { type?: string; description?: string; default?: unknown; secret?: true }>;
  required?: string[];
}

function configRows({ config }: Description): string[][] {
  const { properties = {}, required = [] } = config as ConfigSchema;
  return Object.entries(properties).map(([field, { type = '', description = '', default: fallback, secret }]) => {
    const kind = [
      ...(required.includes(field) ? ['required'] : []),
      ...(secret === true ? ['secret'] : [type]),
      ...(fallback === undefined ? [] : [`default ${JSON.stringify(fallback)}`]),
    ];
    return [`  ${field}`, kind.join(' '), description];
  });
}

/** Which event fields feed each request field, for each mode. */
function lineageTexts({ lineage = {} }: Description): string[] {
  return Object.entries(lineage).map(([mode, rows]) => {
    const distinct = _.uniqBy(rows, ({ to, from }) => JSON.stringify([to, from]));
    const table = distinct.map(({ to, from, via }) => [`  ${to}`, from.join(', '), via.join(', ')]);
    return `${mode}\n${columns(table)}`;
  });
}
