import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import _ from 'lodash';
import { format } from 'prettier';

import { type Answer, differencesOf, hasPath, hidesRequest, isHttp, type Move, resultsOf } from './differences.ts';
import { type Exchange, exchangesOf } from './exchanges.ts';
import { ask, expectedOf } from './play.ts';
import { casesOf, fileOf, Judge, moveOf, type StandIn, type Waiver } from './waivers.ts';

/**
 * Rewrites the waivers and stand-ins of a type as they are answered now. What is known keeps its reason; what is new has
 * none yet, and fails the play until somebody has held it against the sheet and written down who decides so.
 */
export async function update(url: string, type: string): Promise<void> {
  const judge = new Judge(type);
  const moves = judge.waivers.flatMap(({ differences }) =>
    Object.keys(differences).flatMap((one) => moveOf(one) ?? []),
  );
  const found: { name: string; difference: string }[] = [];
  const answers: Record<string, unknown[]> = {};
  for (const recorded of exchangesOf(type)) {
    const name = judge.nameOf(recorded);
    const actual = await ask(url, recorded, recorded.request);
    const exchange = await expectedOf(url, recorded, actual);
    if (differencesOf(exchange.response, actual).some(hidesRequest)) {
      answers[name] = resultsOf(actual).map((result) => tidy(_.omit(result, ['metadata', 'destination', 'statTags'])));
      continue;
    }
    const used = moves.filter((move) => isOfUse(move, exchange, actual));
    const differences = [
      ...used.map(({ from, to }) => `${from}: expected at ${to}`),
      ...differencesOf(exchange.response, actual, used),
    ];
    found.push(...differences.map((difference) => ({ name, difference })));
  }
  await write(fileOf('waivers', type), withReasons(judge.waivers, found));
  await write(fileOf('stand-ins', type), answersWithReasons(judge.standIns, answers));
}

/** Whether less differs after a move. */
function isOfUse(move: Move, { response }: Exchange, actual: Answer): boolean {
  const count = (moves: Move[]) => differencesOf(response, actual, moves).length;
  return hasPath(response, move.from) && count([move]) < count([]);
}

function withReasons(known: readonly Waiver[], found: readonly { name: string; difference: string }[]): Waiver[] {
  const reasonOf = (difference: string) => known.find(({ differences }) => difference in differences)?.reason ?? '';
  const byReason = _.groupBy(found, ({ difference }) => reasonOf(difference));
  return Object.entries(byReason).map(([reason, ofReason]) => ({
    reason,
    differences: _.mapValues(_.groupBy(ofReason, 'difference'), (same) => casesOf(_.map(same, 'name'))),
  }));
}

function answersWithReasons(known: readonly StandIn[], answers: Record<string, unknown[]>): StandIn[] {
  const reasonOf = (name: string) => known.find((standIn) => name in standIn.answers)?.reason ?? '';
  const byReason = _.groupBy(Object.keys(answers), reasonOf);
  return Object.entries(byReason).map(([reason, names]) => ({ reason, answers: _.pick(answers, names) }));
}

/** Without what is empty in every request, or not read. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (!isHttp(value)) return _.isPlainObject(value) ? _.mapValues(value as object, tidy) : value;
  const { body, ...request } = _.omit(value, ['userId']) as { body?: object };
  const withoutEmpty = (fields: object) => _.omitBy(fields, (field) => _.isEmpty(field));
  return withoutEmpty({ ...request, body: withoutEmpty(body ?? {}) });
}

async function write(file: string, list: readonly unknown[]): Promise<void> {
  if (list.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, await format(JSON.stringify(list), { parser: 'json', printWidth: 120 }));
}
