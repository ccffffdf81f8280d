import { parseArgs } from 'node:util';

import _ from 'lodash';

import { recordedTypes } from './exchanges.ts';
import { play, startPlay } from './play.ts';
import { update } from './update.ts';

/*
 * Plays the recorded exchanges of the types that are named, or of all: prints what is wrong, and how many values of our
 * requests could be others without anybody's complaint. With --update, rewrites waivers and stand-ins first.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { update: { type: 'boolean' } } });
const types = positionals.length > 0 ? positionals : recordedTypes();
const { url, stop } = await startPlay();
const rows: Record<string, object> = {};
for (const type of types) {
  if (values.update === true) await update(url, type);
  const { complaints, guard } = await play(url, type);
  for (const [id, ofExchange] of Object.entries(complaints)) console.log(`${id}\n  ${ofExchange.join('\n  ')}`);
  if (!_.isEmpty(complaints)) process.exitCode = 1;
  const { leaves, unguarded } = guard;
  const share = leaves === 0 ? '' : `${((100 * unguarded.length) / leaves).toFixed(1)} %`;
  rows[type] = { wrong: _.size(complaints), leaves, unguarded: unguarded.length, share };
  if (positionals.length > 0) console.log(unguarded.join('\n'));
}
console.table(rows);
stop();
