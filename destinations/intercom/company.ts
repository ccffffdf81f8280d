import {
  compute,
  decimal,
  each,
  event,
  type Expr,
  type Fields,
  fields,
  integer,
  isList,
  type Json,
  omitEmpty,
  only,
  option,
  post,
  template,
  text,
  trait,
  traits,
  unixSeconds,
  url,
} from 'group-transformer/kit';

/** Where the API of a workspace is, and what it requires of each call. */
export type Api = ReturnType<typeof api>;

export const api = (host: string, token: Expr<string>, version: '1.4' | '2.10', agent?: string) => ({
  base: `https://${host}`,
  headers: {
    Accept: 'application/json',
    Authorization: template`Bearer ${token}`,
    'Intercom-Version': version,
    'User-Agent': agent,
  },
});

/** The contact field for the look-up of the person. */
export const lookup = option('lookup').as(text).default('email');

// The look-up value is not an attribute of the company, even if the group has a trait of that name.
const others = fields(
  compute('all but the lookup field', [traits, lookup], (group, name) =>
    Object.fromEntries(Object.entries(group ?? {}).filter(([key]) => key !== name || name === 'email')),
  ),
).omit(
  ...['name', 'website', 'plan', 'size', 'industry', 'monthlySpend', 'monthly_spend', 'remoteCreatedAt'],
  ...['remote_created_at', 'createdAt', 'tags', 'userId'],
);
/** Attributes that Intercom supports: scalars, with names of letters, digits and a few signs. */
const fitting = (custom: Fields<Json>) =>
  custom
    .flatten('underscores', { lists: 'joined' })
    .mapKeys((key) => key.replaceAll('.', '_'))
    .keepKeys(/^[\w\p{Sc}-]+$/u, 'has a name that Intercom refuses');
/** The attributes for version 1.4 of the API. */
export const oldAttributes = fitting(others);
/** The attributes for version 2.10, which has fields of its own for some. */
export const attributes = fitting(others.omit('email', 'segments', 'userCount', 'sessionCount'));

/** Creates the company, or updates it. */
export const writeCompany = ({ base, headers }: Api, custom: Fields<Json>) =>
  post.json({
    url: url`${base}/companies`,
    headers,
    body: {
      company_id: event.groupId.required(),
      name: trait.name.as(text),
      website: trait.website.or(event.at('properties.website')).as(text),
      plan: trait.plan.as(text),
      size: trait('size').or(trait.employees).as(integer),
      industry: trait.industry.as(text),
      monthly_spend: trait('monthlySpend').or(trait('monthly_spend')).as(decimal),
      remote_created_at: trait('remoteCreatedAt').or(trait('remote_created_at')).or(trait.createdAt).as(unixSeconds),
      custom_attributes: omitEmpty(custom),
    },
  });

/** Adds the tags to the company, each with a request of its own. */
export const addTags = ({ base, headers }: Api) =>
  each(trait('tags').as(only('a list', isList)).listOf(text), (name) =>
    post.json({
      url: url`${base}/tags`,
      headers,
      body: { name, companies: [{ company_id: event.groupId.required() }] },
    }),
  );
