#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Command, CommanderError, InvalidArgumentError } from 'commander';

import type { DestinationsOptions } from './destinations.ts';
import type { DiffOptions } from './diff.ts';
import type { ExplainOptions } from './explain.ts';
import type { TransformOptions } from './transform.ts';
import { UsageError } from './usage.ts';

/* The command line. Each command loads when it runs, so that the others cost nothing. */

const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('group-transformer')
  .description('Turns group events into the HTTP requests that vendors expect.')
  .version(version)
  .exitOverride();

program
  .command('transform')
  .summary('write the outcomes, one line of JSON per event and destination')
  .description(
    'Reads events as JSON lines, or as one JSON document that is an event or a list of events, from files or ' +
      'standard input. Writes one line of JSON per event and destination, and a summary to standard error.',
  )
  .argument('[file...]', 'files with events')
  .option('--to <names>', 'destinations, separated by commas; defaults to all in the config file', list)
  .option('--config <file>', 'JSON: { name: config }, or a list of destinations as in POST /transform')
  .option('--now <time>', 'the current time for destinations, in ISO 8601', time)
  .option('--explain', 'add to each result where every field comes from')
  .option('--fail', 'end with status 1 if any outcome is fail')
  .option('--deliver', 'send the requests; end with status 1 unless every result is delivered or dropped')
  .option('--resume <journal>', 'with --deliver: record accepted requests in this file, and skip those recorded before')
  .action(async (files: string[], options: TransformOptions) => {
    const { transform } = await import('./transform.ts');
    await transform(files, options);
  });

program
  .command('destinations')
  .summary('list all destinations, or describe one')
  .argument('[name]', 'its name, title or alias')
  .option('--json', 'as JSON, like GET /destinations')
  .option('--takes-groups', 'only those that take groups')
  .action(async (name: string | undefined, options: DestinationsOptions) => {
    const { destinations } = await import('./destinations.ts');
    await destinations(name, options);
  });

program
  .command('explain')
  .summary('show where every field of a destination’s requests comes from')
  .description('Reads events like transform, and shows what became of each field of the destination’s requests.')
  .argument('<destination>', 'its name, or its id in the config file')
  .argument('[file...]', 'files with events')
  .option('--config <file>', 'see transform')
  .option('--now <time>', 'see transform', time)
  .action(async (destination: string, files: string[], options: ExplainOptions) => {
    const { explain } = await import('./explain.ts');
    await explain(destination, files, options);
  });

program
  .command('diff')
  .summary('compare what another build makes of your events')
  .description(
    'Reads events like transform. Compares the results of another build with those of this one, and counts the ' +
      'differences by kind, with one example each. Ends with status 1 if there are any, and asks no vendor.',
  )
  .argument('[file...]', 'files with events')
  .requiredOption('--against <ref>', 'a git revision of the project in the current folder, or the URL of a service')
  .option('--to <names>', 'see transform', list)
  .option('--config <file>', 'see transform')
  .option('--now <time>', 'see transform', time)
  .action(async (files: string[], options: DiffOptions) => {
    const { diff } = await import('./diff.ts');
    await diff(files, options);
  });

program
  .command('new')
  .summary('start a destination, with fixtures')
  .description(
    'Run this in a checkout of the project. It writes a destination that compiles, and its fixtures. It asks for what you leave out.',
  )
  .argument('[name]', 'in kebab-case, such as acme-crm')
  .option('--title <title>', 'the vendor’s name, as the vendor writes it')
  .option('--docs <url>', 'the vendor’s documentation of the call')
  .option('--url <url>', 'where to post groups')
  .option('--auth <kind>', 'bearer, basic, header or query')
  .action(async (name: string | undefined, options: Partial<Record<'title' | 'docs' | 'url' | 'auth', string>>) => {
    const { create } = await import('./new.ts');
    await create(name === undefined ? options : { ...options, name });
  });

program
  .command('fixtures')
  .summary('run fixtures and print the differences')
  .argument('[name...]', 'destinations; defaults to all')
  .option('--update', 'rewrite the expectations')
  .option('--against <ref>', 'compare with another git revision, or with a service at a URL')
  .option('--html <file>', 'also write the report as a page; requires --against')
  .action((_names, _options, { parent }: Command) => {
    const file = path.join(import.meta.dirname, 'fixtures.js');
    const { status } = spawnSync(process.execPath, [file, ...(parent?.args.slice(1) ?? [])], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  });

program
  .command('check')
  .summary('review destinations')
  .description(
    'Checks the definitions and fixtures in the current folder against what every destination promises. ' +
      'In a checkout of the project, "npm run check" also runs the compiler and the linters.',
  )
  .argument('[name...]', 'destinations; defaults to all')
  .action(async (names: string[]) => {
    const { check } = await import('./check.ts');
    await check(names);
  });

function list(value: string): string[] {
  return value.split(',').map((name) => name.trim());
}

function time(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('This is not a time.');
  return date;
}

// The reader closed the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the reason.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
