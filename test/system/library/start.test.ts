import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { runNode } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';

/*
 * What the library loads before it is asked for anything, in a process of its own.
 */

const fileUrl = (name: string) => pathToFileURL(path.join(projectFolder, name)).href;

/** Hooks that tell of every module that is imported. */
const hooks = `
  import { writeSync } from 'node:fs';
  export const load = (url, context, next) => { writeSync(2, url + '\\n'); return next(url, context); };`;

/** Runs code with a transformer; the modules that were imported or required by then. */
async function loadedBy(options: object, code = ''): Promise<string[]> {
  const text = `
    import { createRequire, register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
    const { createTransformer } = await import('${fileUrl('dist/src/index.js')}');
    const transformer = await createTransformer(${JSON.stringify(options)});
    ${code}
    console.log(JSON.stringify(Object.keys(createRequire('${fileUrl('package.json')}').cache)));`;
  const { status, stdout, stderr } = await runNode(['--input-type=module', '--eval', text]);
  expect(status).toBe(0);
  return [...stderr.split('\n'), ...(JSON.parse(stdout) as string[])];
}

const loads = (modules: readonly string[], part: string) => modules.some((module) => module.includes(part));

it('loads the destinations that are named, and no others', async () => {
  const modules = await loadedBy({ only: ['userpilot'] });
  const destinations = modules.filter((module) => /dist\/destinations\/[^/]+\/index\.js$/.test(module));
  expect(destinations).toEqual([fileUrl('dist/destinations/userpilot/index.js')]);
  for (const unneeded of ['/express/', '/pino/', '/prom-client/', '/@opentelemetry/', '/undici/', '/dist/src/http/']) {
    expect([unneeded, loads(modules, unneeded)]).toEqual([unneeded, false]);
  }
});

it('loads the data of phone numbers and domains when they are needed', async () => {
  const packages = ['libphonenumber-js', 'tldts'];
  const idle = await loadedBy({});
  expect(packages.map((name) => loads(idle, `node_modules/${name}/`))).toEqual([false, false]);
  const use = `
    const { e164, domain } = await import('${fileUrl('dist/src/kit/index.js')}');
    if (e164.convert('+49301234567') === undefined || domain.convert('acme.com') === undefined) throw new Error();`;
  const busy = await loadedBy({}, use);
  expect(packages.map((name) => loads(busy, `node_modules/${name}/`))).toEqual([true, true]);
});
