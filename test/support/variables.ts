import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectFolder } from './project.ts';

/** Variables that the table does not have yet. */
const announced = ['API_TOKENS', 'MAX_IN_FLIGHT_BYTES', 'PIPELINE_PORT'];

/** The names in the README's table of environment variables. */
export async function readVariables(): Promise<string[]> {
  const text = await readFile(path.join(projectFolder, 'README.md'), 'utf8');
  return [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name ?? '').concat(announced);
}
