import { isJsonObject, type Json } from '../../core/json.ts';
import { Problem } from '../problem.ts';
import { refuseHeavy } from '../weigh.ts';
import { type Item, type ParsedCall, readItems, readName } from './decode.ts';
import { parseCall } from './parse.ts';

/** A call for several events. */
export interface Call {
  body: Json;
  items: Item[];
  /** The destination that the body names. */
  type: string | undefined;
}

/**
 * Reads the body of a call.
 * @param parse throws if the body is not JSON
 * @throws {Problem} BODY_TOO_LARGE, or ENVELOPE_INVALID if no item can be read
 */
export function readCall(bytes: Buffer, parse: (bytes: Buffer) => ParsedCall = parseCall): Call {
  refuseHeavy(bytes);
  const parsed = parse(bytes);
  const { value: body } = parsed;
  const items = readItems(parsed, bytes.length);
  if (items === undefined) throw new Problem('ENVELOPE_INVALID', 'the body has no list of items');
  const type = isJsonObject(body) ? readName(body.destType) : undefined;
  return { body, items, type };
}
