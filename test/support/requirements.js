import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const projectFolder = path.resolve(import.meta.dirname, '../..');
const systemFolder = path.join(projectFolder, 'test/system');

/** Where programs are; servers are in folders that only administrators have in their path. */
const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];

/**
 * The file of a program.
 * @param {string} name
 * @returns {string | undefined} undefined, where it isn't installed
 */
export function programFile(name) {
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/**
 * Whether there is a program, or a path that is relative to the project.
 * @param {string} requirement
 */
function isThere(requirement) {
  return requirement.includes('/')
    ? existsSync(path.join(projectFolder, requirement))
    : programFile(requirement) !== undefined;
}

/**
 * The test files that say `@requires` of something which isn't here.
 * @returns {{ file: string, missing: string[] }[]}
 */
export function leftOut() {
  return readdirSync(systemFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => {
      const file = path.join(systemFolder, name);
      const required = [...readFileSync(file, 'utf8').matchAll(/^ \* @requires (.+)$/gm)].flatMap(([, list = '']) =>
        list.split(/,\s*/),
      );
      return { file: path.relative(projectFolder, file), missing: required.filter((one) => !isThere(one)) };
    })
    .filter(({ missing }) => missing.length > 0);
}
