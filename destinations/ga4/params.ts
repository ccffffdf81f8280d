import {
  aboutPerson,
  context,
  event,
  fields,
  isNotNull,
  isScalar,
  type Json,
  omitEmpty,
  only,
  option,
  person,
  rest,
  type Scalar,
  text,
  trait,
  traits,
  union,
} from 'group-transformer/kit';

/** Traits that are not parameters, or that have another name. */
const notParams = [
  ...['groupId', 'products', 'firebase_conversion', 'user_properties', 'engagementTimeMsec', 'sessionId'],
  ...['__proto__', 'constructor', 'prototype'],
];
const isFilled = (value: Json) => (typeof value === 'string' ? value.trim() !== '' : isScalar(value));
const paramName = /^(?!(google|ga|firebase)_)[a-z]\w{0,39}$/i;
const MAX_VALUE = 100;
const isShort = (value: unknown): value is Scalar => isScalar(value) && String(value).length <= MAX_VALUE;
const param = only(`a value of at most ${String(MAX_VALUE)} characters`, isShort);

const either = (name: string) => trait(name).or(person.trait(name));

/**
 * The parameters of the event.
 * @param isHybrid whether the event's options may set ids
 * @param ignored the names of traits that are not sent
 */
export function paramsOf(isHybrid: boolean, ignored: readonly string[]) {
  const sessionId = either('sessionId').or(either('session_id')).or(context('sessionId'));
  return {
    group_id: event.groupId.as(param),
    engagement_time_msec: either('engagementTimeMsec').or(either('engagement_time_msec')).as(param).default(1),
    session_id: (isHybrid ? option('sessionId').or(sessionId) : sessionId).as(param),
    session_number: option('sessionNumber')
      .or(trait('sessionNumber'))
      .or(trait('session_number'))
      .or(person.trait('sessionNumber'))
      .or(person.trait('session_number'))
      .as(param),
    [rest]: union(traits, person.traits)
      .omit(...notParams, ...ignored)
      .flatten('underscores', { lists: 'joined' })
      .mapKeys((name) => name.replaceAll('.', '_'))
      .filter(isFilled)
      .keepKeys(paramName, 'has a name that Google does not accept for a parameter')
      .keep(isShort, `has a value with more than ${String(MAX_VALUE)} characters`)
      .upTo(25),
  };
}

const propertyName = /^(?!(google|ga|firebase)_)[a-z]\w{0,23}$/i;
const ofGoogle = [
  ...['first_open_time', 'first_visit_time', 'last_deep_link_referrer', 'user_id', 'first_open_after_install'],
];
const isProperty = (value: Json) => /^.{1,36}$/s.test((text.convert(value) ?? '').trim());

/** What Google keeps of the user. @param ignored the names of traits that are not sent */
export const userProperties = (ignored: readonly string[]) =>
  aboutPerson(
    omitEmpty(
      union(person.traits, fields(event.at('properties.user_properties')))
        .omit(...ignored)
        .filter(isNotNull)
        .keepKeys((name) => !ofGoogle.includes(name), 'has a name that Google reserves')
        .keepKeys(propertyName, 'has a name that Google does not accept for a user property')
        .keep(isProperty, 'does not have a value of 1 to 36 characters')
        .map((value) => ({ value })),
    ),
  );
