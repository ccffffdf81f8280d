import {
  aboutPerson,
  all,
  any,
  ask,
  askAll,
  basic,
  defineDestination,
  deny,
  dialogue,
  ensure,
  event,
  type Expr,
  fields,
  findOrCreate,
  get,
  given,
  hostLabel,
  isNotNull,
  isObject,
  need,
  omitEmpty,
  person,
  post,
  read,
  rest,
  secret,
  text,
  trait,
  traits,
  url,
  write,
  z,
} from 'group-transformer/kit';

/** Traits that have their own place, or none. */
const notFields = ['name', 'domainNames', 'domain_names', 'tags', 'groupId', 'url', 'deleted'];

/** Zendesk’s custom fields cannot contain lists or objects, and their keys are words that are not numbers. */
const custom = fields(
  traits
    .omit(...notFields)
    .keep((value) => !isObject(value), 'is an object, which Zendesk does not accept')
    .flatten('underscores', { lists: 'joined' })
    .filter(isNotNull)
    .keepKeys(/^(?!\d+$)\w+$/, 'has a name that cannot be the key of a field')
    .once(),
);
const email = person.email
  .or(person.trait('primaryEmail'))
  .as(text)
  .required('Zendesk requires context.traits.email to find the user');

/** The maximum number of fields that one event may add. A dialogue has no room for many more. */
const maxNewFields = 20;
const tooManyFields = `Zendesk lacks more than ${String(maxNewFields)} of the organization fields for the traits; create them there first`;

const fieldList = z
  .object({ organization_fields: z.array(z.object({ key: z.string() })).optional() })
  .nullable()
  .catch(null);

/** Fields are created only if Zendesk lists the existing ones. */
function missingFrom(list: z.output<typeof fieldList> | undefined, keys: readonly string[] = []) {
  const known = list?.organization_fields;
  return known === undefined ? [] : keys.filter((key) => !known.some((field) => field.key === key));
}

const knownUser = z.object({
  id: z.number(),
  email: z.string().nullish().catch(null),
  external_id: z.string().nullish().catch(null),
});
const userList = z.object({ users: z.array(knownUser) }).catch({ users: [] });

const membershipList = z
  .object({
    organization_memberships: z.array(z.object({ organization_id: z.number() })),
    next_page: z.string().nullish(),
  })
  .catch({ organization_memberships: [], next_page: null });

/** Zendesk searches all data of users, so the result may include others besides the one with the email address. */
function meant({ users }: z.output<typeof userList>, userId: string, address: string) {
  // Zendesk ignores case in both.
  const isSame = (known: string | null | undefined, wanted: string) => known?.toLowerCase() === wanted.toLowerCase();
  const byId = users.filter((user) => isSame(user.external_id, userId));
  const byAddress = users.filter((user) => isSame(user.email, address));
  return [byId, byAddress].find((some) => some.length > 0) ?? users;
}

/** The matching user, if there is exactly one. */
const onlyOne = <User>([user, ...others]: readonly User[]) => (others.length === 0 ? user : undefined);

export default defineDestination({
  name: 'zendesk',
  title: 'Zendesk',
  docs: 'https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/',
  config: z.object({
    email: z.string().describe('Login of the API’s administrator'),
    apiToken: secret('API token'),
    domain: hostLabel('Label before .zendesk.com in the account’s address'),
    sendGroupCallsWithoutUserId: z
      .boolean()
      .default(false)
      .describe('Whether to send events without a user id, as organizations without a member'),
    createUsersAsVerified: z.boolean().default(false).describe('Whether created users count as verified'),
  }),
  examples: {
    membership: { email: 'desk@kadewerk.example', apiToken: 'secret-apiToken', domain: 'kadewerk' },
    organization: {
      email: 'desk@kadewerk.example',
      apiToken: 'secret-apiToken',
      domain: 'kadewerk',
      sendGroupCallsWithoutUserId: true,
    },
  },
  hosts: ['*.zendesk.com'],
  rules: ({ sendGroupCallsWithoutUserId }) => [
    ...(sendGroupCallsWithoutUserId ? [] : [need(event.userId)]),
    need(any(event.groupId, trait.name), 'Zendesk requires groupId or traits.name to identify organizations'),
  ],
  requests: ({ email: login, apiToken, domain, sendGroupCallsWithoutUserId, createUsersAsVerified }) => {
    const base = `https://${domain}.zendesk.com/api/v2`;
    const headers = { Authorization: basic(`${login}/token`, apiToken) };
    const fieldsUrl = url`${base}/organization_fields.json`;
    const memberships = url`${base}/organization_memberships.json`;
    const postOrganization = post.json({
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
    const fieldSteps = {
      listFields: read(get.empty({ url: fieldsUrl, headers }), fieldList, { shared: true, isOptional: true }),
      addField: ({ key }: { key: Expr<string> }) =>
        ensure(
          post.json({
            url: fieldsUrl,
            headers,
            body: { organization_field: { title: key, active: true, key, description: key, type: 'text' } },
          }),
          z.unknown(),
          { isOptional: true },
        ),
    };

    const organizationOnly = dialogue({
      facts: { keys: custom.keys() },
      steps: { ...fieldSteps, postOrganization },
      *choose(steps, { keys }) {
        const known = yield* ask(steps.listFields);
        const missing = missingFrom(known.ok ? known.json : undefined, keys);
        if (missing.length > maxNewFields) return deny(tooManyFields);
        yield* askAll(missing.map((key) => steps.addField({ key })));
        return [steps.postOrganization];
      },
    });

    const membership = (userId: Expr<string>) =>
      dialogue({
        facts: {
          keys: custom.keys(),
          id: userId,
          address: email,
          isComplete: all(person.trait('name').as(text), person.email.as(text)),
        },
        steps: {
          ...fieldSteps,
          findUser: read(
            get.empty({ url: url`${base}/users/search.json`, headers, query: { query: email } }),
            userList,
          ),
          writeOrganization: write(postOrganization, z.object({ organization: z.object({ id: z.number() }) })),
          // Zendesk requires a name and an email address for a new user. For an existing user, the event needs
          // neither.
          createUser: write(
            post.json({
              url: url`${base}/users/create_or_update.json`,
              headers,
              body: {
                user: {
                  name: aboutPerson(person.trait('name').as(text)),
                  external_id: userId,
                  email: aboutPerson(person.email.as(text)),
                  verified: createUsersAsVerified || undefined,
                },
              },
            }),
            z.object({ user: knownUser }).transform(({ user }) => user),
          ),
          listMemberships: (known: { userId: Expr<number>; page: Expr<number> }) =>
            read(
              get.empty({
                url: url`${base}/users/${known.userId}/organization_memberships.json`,
                headers,
                query: { page: known.page },
              }),
              membershipList,
              { isOptional: true },
            ),
          addMembership: (known: { userId: Expr<number>; organizationId: Expr<number> }) =>
            post.json({
              url: memberships,
              headers,
              body: { organization_membership: { user_id: known.userId, organization_id: known.organizationId } },
            }),
        },
        *choose(steps, { keys, id, address, isComplete }, warn) {
          const [known, found] = yield* askAll([steps.listFields, steps.findUser]);
          const missing = missingFrom(known.ok ? known.json : undefined, keys);
          if (missing.length > maxNewFields) return deny(tooManyFields);
          const users = found.ok ? meant(found.json, id, address) : [];
          if (users.length === 0 && !isComplete) {
            return deny('Zendesk does not have the user, and the event lacks the name or email address to create one');
          }

          yield* askAll(missing.map((key) => steps.addField({ key })));
          if (users.length > 1) {
            warn('MATCH_AMBIGUOUS', 'userId', 'Zendesk has several users with this email address, so none is added');
            return [steps.writeOrganization];
          }
          const written = yield* ask(steps.writeOrganization);
          const kept = written.status === 409 ? yield* ask(steps.writeOrganization) : written;
          if (!kept.ok) return deny('Zendesk refused the organization');
          const organizationId = kept.json.organization.id;
          const user = yield* findOrCreate({
            find: steps.findUser,
            known: found,
            among: (list) => onlyOne(meant(list, id, address)),
            create: steps.createUser,
          });
          if (user === undefined) return deny('Zendesk refused to create the user');

          const userId = user.value.id;
          for (let page = 1, isLast = false; !isLast; page++) {
            const listed = yield* ask(steps.listMemberships({ userId, page }));
            if (!listed.ok) break;
            const { organization_memberships: those, next_page: next } = listed.json;
            if (those.some(({ organization_id: id }) => id === organizationId)) return [];
            isLast = typeof next !== 'string';
          }
          return [steps.addMembership({ userId, organizationId })];
        },
      });

    return given(event.userId, membership, sendGroupCallsWithoutUserId ? organizationOnly : []);
  },
});
