import { readFile } from 'node:fs/promises';

import { policies, type PoliciesByDestination } from '../contract/policy.ts';
import { parseWith } from '../core/issues.ts';
import { tryParseJson } from '../core/json.ts';

/**
 * Reads the file that `POLICIES` names.
 * @param file if absent, there are no policies
 * @throws {Error} with the file and the place, if it cannot be read or a policy is invalid
 */
export async function loadPolicies(file: string | undefined): Promise<PoliciesByDestination> {
  if (file === undefined) return {};
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`POLICIES: ${file}: the file cannot be read`, { cause: error });
  });
  const given = tryParseJson(text.replace(/^\uFEFF/, ''));
  if (given === undefined) throw new Error(`POLICIES: ${file}: the file is not JSON`);
  return parsePolicies(given, `POLICIES: ${file}`);
}

/**
 * Checks policies by the names or ids of destinations.
 * @param origin where they come from, for messages
 * @throws {Error} with the place of the first fault
 */
export function parsePolicies(given: unknown, origin: string): PoliciesByDestination {
  const read = parseWith(policies, given);
  if ('data' in read) return read.data;
  const { steps, says } = read;
  throw new Error(steps.length === 0 ? `${origin} ${says}` : `${origin}: ${steps.map(String).join('.')} ${says}`);
}
