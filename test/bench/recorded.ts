import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import _ from 'lodash';

import type { Load } from './loads.ts';

/** One call of a pipeline to its transformer and the answer, as they were recorded. */
interface Exchange {
  path: string;
  request: { metadata: object; destination: unknown }[];
  response: { body: { statusCode: number }[] };
}

/** A load, and what the recorded transformer answers to it. */
export interface RecordedLoad extends Load {
  /** As JSON. */
  answer: string;
}

/** The exchanges of one item each, of which a request of any size can be made. */
export interface Recording {
  type: string;
  load: (batch: number) => RecordedLoad;
}

/** Reads the recordings of a folder, which are in a file `<type>.json` each. */
export async function loadRecordings(folder: string): Promise<Recording[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const exchanges = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Exchange[];
      const chosen = ofOneConfig(exchanges);
      return { type: path.basename(file, '.json'), load: (batch: number) => loadOf(chosen, batch) };
    }),
  );
}

/** The most exchanges that were sent and that have one destination, as the items of a server's call have. */
function ofOneConfig(exchanges: readonly Exchange[]): Exchange[] {
  const sent = exchanges.filter(({ response }) => response.body[0]?.statusCode === 200);
  const byDestination = Object.values(_.groupBy(sent, ({ request }) => JSON.stringify(request[0]?.destination)));
  return _.maxBy(byDestination, 'length') ?? [];
}

function loadOf(exchanges: readonly Exchange[], batch: number): RecordedLoad {
  const chosen = _.times(batch, (index) => exchanges[index % exchanges.length] as Exchange);
  const items = chosen.map(({ request: [item] }, jobId) => ({ ...item, metadata: { ...item?.metadata, jobId } }));
  return {
    path: chosen[0]?.path ?? '',
    batch,
    body: JSON.stringify(items),
    // Some events are answered differently from the recorded transformer on purpose.
    isSent: (answer) => Array.isArray(answer) && answer.length >= batch,
    answer: JSON.stringify(chosen.flatMap(({ response }) => response.body)),
  };
}
