import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { JsonObject } from '../../src/core/json.ts';
import type { DestinationCall } from '../../src/index.ts';
import { projectFolder } from './project.ts';

/** A group call as an SDK of Segment's dialect sent it. */
export interface SdkCall {
  /** The SDK and what was asked of it. */
  name: string;
  path: string;
  contentType: string;
  encoding: 'gzip' | 'none';
  /** The body as it was sent: numbers have all of their digits. */
  text: string;
  /** The body as it is read; absent where it is not JSON. */
  body?: JsonObject & { batch?: JsonObject[] };
}

const folder = path.join(projectFolder, 'examples/payloads/sdks');

/** The text of the body, which is the last field of a line. */
function bodyText(line: string, { body, bodyText: text }: { body: unknown; bodyText?: string }): string {
  return body === null ? (text ?? '') : line.slice(line.indexOf('"body": ') + '"body": '.length, line.lastIndexOf('}'));
}

/** All calls that have been recorded. */
export const sdkCalls: readonly SdkCall[] = readdirSync(folder).flatMap((file) =>
  readFileSync(path.join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line): SdkCall => {
      const call = JSON.parse(line) as Pick<SdkCall, 'path' | 'contentType'> & {
        call: string;
        encoding: 'gzip' | null;
        body: SdkCall['body'] | null;
        bodyText?: string;
      };
      const { path: called, contentType, encoding } = call;
      return {
        name: `${path.basename(file, '.jsonl')} ${call.call}`,
        path: called,
        contentType,
        encoding: encoding ?? 'none',
        text: bodyText(line, call),
        ...(call.body && { body: call.body }),
      };
    }),
);

/** The destinations that they are sent to, one of each kind of body. */
export const sdkDestinations: DestinationCall[] = [
  { name: 'userpilot', config: { apiKey: 'k' } },
  { name: 'segment', config: { writeKey: 'k' } },
  { name: 'refiner', config: { apiKey: 'k' } },
];
