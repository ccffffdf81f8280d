import type { Json } from '../core/json.ts';
import { ConfigError } from '../core/outcome.ts';
import { withoutNulls } from './converters/scalar.ts';
import type { Expr } from './expression.ts';
import { event } from './sources.ts';

const PATH = /^\$(\.[\w-]+|\[\d+\])*$/;

/** The dotted form of a path such as `$.traits.tags[0]`; empty for the whole. */
function dotted(path: string): string {
  if (!PATH.test(path))
    throw new ConfigError('config', `config has ${JSON.stringify(path)}, which is not a plain path`);
  return (path.match(/[\w-]+/g) ?? []).join('.');
}

/**
 * The dotted form of a config's path to a place in a body, such as `$.company.id`.
 * @throws {ConfigError} if it is not a plain path
 * @example
 * placeOf('$.company.id') // 'company.id'
 */
export const placeOf = (to: string): string => dotted(to);

/**
 * What a config means by a source: a value of the event by its path (`$.traits.plan`, or `$` for the whole event),
 * without its nulls; or literal text, in quotation marks or not.
 * @throws {ConfigError} if it is a template or calls a function, which are not supported
 * @example
 * sourceOf('$.traits.plan') // 'pro'
 * sourceOf('crm') // 'crm'
 */
export function sourceOf(from: string): string | Expr<Json | undefined> {
  if (from.includes('{{'))
    throw new ConfigError(
      'config',
      `config has ${JSON.stringify(from)}, which is a template; templates are not supported`,
    );
  if (!from.startsWith('$')) return from.replace(/^(['"])(.*)\1$/, '$2');
  const path = dotted(from);
  if (path === 'type') return 'group';
  const value = path === '' ? event.payload : path === 'groupId' ? event.groupId : event.at(path);
  return value.as(withoutNulls);
}
