import {
  ask,
  askAll,
  deny,
  dialogue,
  ensure,
  event,
  type Expr,
  fields,
  get,
  isNotNull,
  isObject,
  omitEmpty,
  post,
  read,
  rest,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

/** Where the API of an account is, and what it requires of each call. */
export interface Api {
  base: string;
  headers: { Authorization: Expr<string> };
}

/** Traits that have their own place, or none. */
const notFields = ['name', 'domainNames', 'domain_names', 'tags', 'groupId', 'url', 'deleted'];

/** Zendesk’s custom fields cannot contain lists or objects, and their keys are words that are not numbers. */
export const custom = fields(
  traits
    .omit(...notFields)
    .keep((value) => !isObject(value), 'is an object, which Zendesk does not accept')
    .flatten('underscores', { lists: 'joined' })
    .filter(isNotNull)
    .keepKeys(/^(?!\d+$)\w+$/, 'has a name that cannot be the key of a field')
    .once(),
);

/** The maximum number of fields that one event may add. A dialogue has no room for many more. */
export const maxNewFields = 20;
export const tooManyFields = `Zendesk lacks more than ${String(maxNewFields)} of the organization fields for the traits; create them there first`;

const fieldList = z
  .object({ organization_fields: z.array(z.object({ key: z.string() })).optional() })
  .nullable()
  .catch(null);

/** Fields are created only if Zendesk lists the existing ones. */
export function missingFrom(list: z.output<typeof fieldList> | undefined, keys: readonly string[] = []) {
  const known = list?.organization_fields;
  return known === undefined ? [] : keys.filter((key) => !known.some((field) => field.key === key));
}

/** Creates the organization, or updates the one with its id or name. */
export const postOrganization = ({ base, headers }: Api) =>
  post.json({
    url: url`${base}/organizations/create_or_update.json`,
    headers,
    body: {
      organization: {
        name: trait.name.as(text),
        external_id: event.groupId,
        domain_names: trait('domainNames').or(trait('domain_names')),
        tags: trait('tags'),
        organization_fields: omitEmpty({ id: trait('id').as(text).or(event.groupId), [rest]: custom }),
      },
    },
  });

/** Lists the organization fields, and adds one. */
export function fieldSteps({ base, headers }: Api) {
  const organizationFields = { url: url`${base}/organization_fields.json`, headers };
  return {
    listFields: read(get.empty(organizationFields), fieldList, { shared: true, isOptional: true }),
    addField: ({ key }: { key: Expr<string> }) =>
      ensure(
        post.json({
          ...organizationFields,
          body: { organization_field: { title: key, active: true, key, description: key, type: 'text' } },
        }),
        z.unknown(),
        { isOptional: true },
      ),
  };
}

/** Writes the organization, and the fields that it lacks. */
export const organizationOnly = (api: Api) =>
  dialogue({
    facts: { keys: custom.keys() },
    steps: { ...fieldSteps(api), postOrganization: postOrganization(api) },
    *choose(steps, { keys }) {
      const known = yield* ask(steps.listFields);
      const missing = missingFrom(known.ok ? known.json : undefined, keys);
      if (missing.length > maxNewFields) return deny(tooManyFields);
      yield* askAll(missing.map((key) => steps.addField({ key })));
      return [steps.postOrganization];
    },
  });
