import _ from 'lodash';

import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** A difference of the destination itself. */
export interface Finding {
  text: string;
  /** Whether a config or a call that was valid may become invalid. */
  isBreaking: boolean;
}

const breaking = (text: string): Finding => ({ text, isBreaking: true });
const harmless = (text: string): Finding => ({ text, isBreaking: false });

/** Keywords that don't affect validity. */
const ANNOTATIONS = ['$schema', 'title', 'description', 'secret'];

/** Keywords that list accepted values. */
const ALTERNATIVES = ['type', 'enum', 'anyOf', 'oneOf'];

/**
 * The differences between the JSON Schemas of two configs. A difference is breaking unless everything that was valid
 * certainly stays so.
 * @param path the path of the described value, such as `config`
 */
export function schemaFindings(path: string, before: JsonObject, after: JsonObject): Finding[] {
  const [from, to] = [before.items, after.items];
  const isList = isJsonObject(from) && isJsonObject(to);
  const known = ['properties', 'required', ...(isList ? ['items'] : []), ...ANNOTATIONS];
  const keywords = _.union(Object.keys(before), Object.keys(after)).filter((keyword) => !known.includes(keyword));
  return [
    ...keywords.flatMap((keyword) => keywordFindings(path, keyword, before[keyword], after[keyword])),
    ...propertyFindings(path, before, after),
    ...(isList ? schemaFindings(`${path}[]`, from, to) : []),
  ];
}

function propertyFindings(path: string, before: JsonObject, after: JsonObject): Finding[] {
  const [from, to] = [propertiesOf(before), propertiesOf(after)];
  const [needed, needs] = [before, after].map(({ required }) => (Array.isArray(required) ? required : []));
  return _.union(Object.keys(from), Object.keys(to)).flatMap((name) => {
    const field = `${path}.${name}`;
    const [was, is] = [from[name], to[name]];
    const isRequired = needs?.includes(name) === true;
    if (!isJsonObject(is)) return breaking(`${field} was removed`);
    if (!isJsonObject(was)) return isRequired ? breaking(`${field} is new and required`) : harmless(`${field} is new`);
    const findings = schemaFindings(field, was, is);
    if (isRequired === needed?.includes(name)) return findings;
    return [isRequired ? breaking(`${field} became required`) : harmless(`${field} became optional`), ...findings];
  });
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {};
}

function keywordFindings(path: string, keyword: string, from: Json | undefined, to: Json | undefined): Finding[] {
  if (_.isEqual(from, to)) return [];
  if (keyword === 'default') return [harmless(`${path} has the default ${write(to)}, not ${write(from)}`)];
  if (to === undefined) return [harmless(`${path} no longer has ${keyword}, which was ${write(from)}`)];
  if (from === undefined) return [breaking(`${path} has the ${keyword} ${write(to)}, and had none`)];
  if (!ALTERNATIVES.includes(keyword)) return [breaking(`${path} has the ${keyword} ${write(to)}, not ${write(from)}`)];
  const [had, has] = [_.castArray(from), _.castArray(to)];
  return [
    ..._.differenceWith(had, has, isEqual).map((lost) => breaking(`${path} no longer takes ${write(lost)}`)),
    ..._.differenceWith(has, had, isEqual).map((won) => harmless(`${path} also takes ${write(won)}`)),
  ];
}

const isEqual = (one: Json, other: Json) => _.isEqual(one, other);

const write = (value: Json | undefined) => (value === undefined ? 'none' : JSON.stringify(value));
