import { loadLinterFormatter } from 'textlint';

import { linter } from './lint.ts';

/* Lints the prose of the project, or of the files that are named. */
const everything = [
  '*.{md,js}',
  '.*.js',
  'Dockerfile',
  '.ci/*',
  '{docs,destinations,deploy,examples,src,test,.github}/**/*.{md,ts,tsx,js,yaml,yml,cfg}',
];

const named = process.argv.slice(2);
const results = await linter.lintFiles(named.length > 0 ? named : everything);
const formatter = await loadLinterFormatter({ formatterName: 'unix' });
const findings = results.flatMap(({ messages }) => messages).length;
if (findings > 0) console.log(formatter.format(results));
console.log(`${String(results.length)} files, ${String(findings)} findings`);
if (findings > 0) process.exitCode = 1;
