#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { DestinationsOptions } from './destinations.ts';
import type { ExplainOptions } from './explain.ts';
import type { TransformOptions } from './transform.ts';
import { UsageError } from './usage.ts';

/* The command line. Commands are loaded when they are run, so that one that is not costs nothing. */

const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('group-transformer')
  .description('Turns group events into the HTTP requests that vendors expect.')
  .version(version)
  .exitOverride();

program
  .command('transform')
  .summary('write what events become, a line of JSON per event and destination')
  .description(
    'Reads events as JSON lines, or as one JSON document that is an event or a list of them, from files or from ' +
      'standard input, and writes one line of JSON per event and destination. A summary goes to standard error.',
  )
  .argument('[file...]', 'where the events are')
  .option('--to <names>', 'destinations, separated by commas; all of the config file if not given', list)
  .option('--config <file>', 'JSON: { name: config }, or a list of destinations as POST /transform takes it')
  .option('--now <time>', 'the time that destinations are told, in ISO 8601', time)
  .option('--explain', 'tell in each result where every field comes from')
  .option('--fail', 'end with status 1 if an outcome is fail')
  .action(async (files: string[], options: TransformOptions) => {
    const { transform } = await import('./transform.ts');
    await transform(files, options);
  });

program
  .command('destinations')
  .summary('list all destinations, or tell everything about one')
  .argument('[name]', 'the name, title or alias of one')
  .option('--json', 'as JSON, as GET /destinations answers')
  .option('--takes-groups', 'only those that take groups')
  .action(async (name: string | undefined, options: DestinationsOptions) => {
    const { destinations } = await import('./destinations.ts');
    await destinations(name, options);
  });

program
  .command('explain')
  .summary('show where every field that a destination gets comes from')
  .description('Reads events as transform does, and shows what became of each field of the requests for a destination.')
  .argument('<destination>', 'its name, or its id in the config file')
  .argument('[file...]', 'where the events are')
  .option('--config <file>', 'as for transform')
  .option('--now <time>', 'as for transform', time)
  .action(async (destination: string, files: string[], options: ExplainOptions) => {
    const { explain } = await import('./explain.ts');
    await explain(destination, files, options);
  });

program
  .command('new')
  .summary('begin a destination, with fixtures')
  .description(
    'Writes a destination that compiles and its fixtures, in a checkout of the project. What is not given is asked for.',
  )
  .argument('[name]', 'in kebab-case, such as acme-crm')
  .option('--title <title>', 'the vendor’s name as the vendor writes it')
  .option('--docs <url>', 'the vendor’s page about the call')
  .option('--url <url>', 'where groups are posted to')
  .option('--auth <kind>', 'bearer, basic, header or query')
  .action(async (name: string | undefined, options: Partial<Record<'title' | 'docs' | 'url' | 'auth', string>>) => {
    const { create } = await import('./new.ts');
    await create(name === undefined ? options : { ...options, name });
  });

program
  .command('fixtures')
  .summary('run fixtures, and print what differs')
  .argument('[name...]', 'destinations; all if none is given')
  .option('--update', 're-write what is expected')
  .option('--against <ref>', 'run them by the code of another git revision, or of a service at a URL, too')
  .option('--html <file>', 'with --against, also write the report as a page')
  .action((_names, _options, { parent }: Command) => {
    const file = path.join(import.meta.dirname, 'fixtures.js');
    const { status } = spawnSync(process.execPath, [file, ...(parent?.args.slice(1) ?? [])], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  });

program
  .command('check')
  .summary('say what a reviewer would of destinations')
  .description(
    'Holds definitions and fixtures, in the current folder, to what every destination promises. ' +
      'In a checkout of the project, "npm run check" says what compiler and linters find as well.',
  )
  .argument('[name...]', 'destinations; all if none is given')
  .action(async (names: string[]) => {
    const { check } = await import('./check.ts');
    await check(names);
  });

function list(value: string): string[] {
  return value.split(',').map((name) => name.trim());
}

function time(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It is no time.');
  return date;
}

// Whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said why.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
