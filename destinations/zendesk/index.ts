import {
  all,
  ask,
  askAll,
  basic,
  defineDestination,
  deny,
  dialogue,
  ensure,
  event,
  get,
  given,
  hostLabel,
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
  type Expr,
} from 'group-transformer/kit';

interface OrganizationBody {
  organization: {
    name: string;
    external_id?: string;
    domain_names?: unknown;
    tags?: unknown;
    organization_fields?: Record<string, unknown>;
  };
}

interface FieldBody {
  organization_field: { title: string; key: string; description: string; type: 'text'; active: boolean };
}

/** Zendesk wants a name and an e-mail of a new user, which the event of a user that is found need not have. */
interface UserBody {
  user: { name?: string; email?: string; external_id: string; verified?: true };
}

interface MembershipBody {
  organization_membership: { user_id: number; organization_id: number };
}

/** Traits that have a place of their own, or none. */
const notFields = ['name', 'domainNames', 'tags', 'groupId', 'url', 'deleted'];

/** Zendesk’s custom fields hold no lists or objects, and their keys are words that are not numbers. */
const isField = (value: unknown, key: string) => typeof value !== 'object' && /^(?!\d+$)\w+$/.test(key);

const custom = traits.omit(...notFields).filter(isField);
const email = person.email
  .or(person.trait('primaryEmail'))
  .as(text)
  .required('Zendesk wants the e-mail of context.traits to find the user by');

/** How many fields one event may add; a dialogue has no room for many more. */
const maxNewFields = 20;
const tooManyFields = `Zendesk lacks more than ${String(maxNewFields)} organization fields for the traits; create them there first`;

const fieldList = z.object({ organization_fields: z.array(z.object({ key: z.string() })).optional() }).nullish();

/** Fields are created only where Zendesk tells which it has. */
function missingFrom(list: z.output<typeof fieldList>, keys: readonly string[] = []) {
  const known = list?.organization_fields;
  return known === undefined ? [] : keys.filter((key) => !known.some((field) => field.key === key));
}

const knownUser = z.object({ id: z.number(), email: z.string().nullish() });
const userList = z.object({ users: z.array(knownUser) });

/** Zendesk searches all that it knows of users, so that others may come with the one that has the e-mail. */
function meant({ users }: z.output<typeof userList>, address: string) {
  const exact = users.filter((user) => user.email?.toLowerCase() === address.toLowerCase());
  return exact.length > 0 ? exact : users;
}

export default defineDestination({
  name: 'zendesk',
  title: 'Zendesk',
  docs: 'https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/',
  config: z.object({
    email: z.string().describe('Login of the administrator that the API is used as'),
    apiToken: secret('API token'),
    domain: hostLabel('What stands before .zendesk.com in the address of the account'),
    sendGroupCallsWithoutUserId: z
      .boolean()
      .default(false)
      .describe('Whether events without a user id are sent, as organizations without a member'),
    createUsersAsVerified: z.boolean().default(false).describe('Whether users that are created count as verified'),
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
  rules: ({ sendGroupCallsWithoutUserId }) => (sendGroupCallsWithoutUserId ? [] : [need(event.userId)]),
  requests: ({ email: login, apiToken, domain, sendGroupCallsWithoutUserId, createUsersAsVerified }) => {
    const base = `https://${domain}.zendesk.com/api/v2`;
    const headers = { Authorization: basic(`${login}/token`, apiToken) };
    const findUser = read(
      get.empty({ url: url`${base}/users/search.json`, headers, query: { query: email } }),
      userList,
    );
    const postOrganization = post.json<OrganizationBody>({
      url: url`${base}/organizations/create_or_update.json`,
      headers,
      body: {
        organization: {
          name: trait.name.as(text).required(),
          external_id: event.groupId,
          domain_names: trait('domainNames'),
          tags: trait('tags'),
          organization_fields: omitEmpty({ id: trait('id').as(text).or(event.groupId), [rest]: custom }),
        },
      },
    });
    const writeOrganization = write(postOrganization, z.object({ organization: z.object({ id: z.number() }) }));
    const fieldSteps = {
      listFields: read(get.empty({ url: url`${base}/organization_fields.json`, headers }), fieldList, { shared: true }),
      addField: ({ key }: { key: Expr<string> }) =>
        ensure(
          post.json<FieldBody>({
            url: url`${base}/organization_fields.json`,
            headers,
            body: { organization_field: { title: key, active: true, key, description: key, type: 'text' } },
          }),
          z.unknown(),
        ),
    };

    const organizationOnly = dialogue({
      facts: { keys: custom.keys() },
      steps: { ...fieldSteps, postOrganization },
      *choose(steps, { keys }) {
        const fields = yield* ask(steps.listFields);
        const missing = missingFrom(fields.ok ? fields.json : undefined, keys);
        if (missing.length > maxNewFields) return deny(tooManyFields);
        yield* askAll(missing.map((key) => steps.addField({ key })));
        return [steps.postOrganization];
      },
    });

    const membership = (userId: Expr<string>) =>
      dialogue({
        facts: {
          keys: custom.keys(),
          address: email,
          isComplete: all(person.trait('name').as(text), person.email.as(text)),
        },
        steps: {
          ...fieldSteps,
          findUser,
          writeOrganization,
          writeOrganizationAgain: writeOrganization,
          createUser: write(
            post.json<UserBody>({
              url: url`${base}/users/create_or_update.json`,
              headers,
              body: {
                user: {
                  name: person.trait('name').as(text),
                  external_id: userId,
                  email: person.email.as(text),
                  verified: createUsersAsVerified || undefined,
                },
              },
            }),
            z.object({ user: knownUser }),
          ),
          findCreatedUser: findUser,
          listMemberships: (known: { userId: Expr<number>; page: Expr<number> }) =>
            read(
              get.empty({
                url: url`${base}/users/${known.userId}/organization_memberships.json`,
                headers,
                query: { page: known.page },
              }),
              z.object({
                organization_memberships: z.array(z.object({ organization_id: z.number() })),
                next_page: z.string().nullish(),
              }),
            ),
          addMembership: (known: { userId: Expr<number>; organizationId: Expr<number> }) =>
            post.json<MembershipBody>({
              url: url`${base}/organization_memberships.json`,
              headers,
              body: { organization_membership: { user_id: known.userId, organization_id: known.organizationId } },
            }),
        },
        *choose(steps, { keys, address, isComplete }) {
          const [fields, found] = yield* askAll([steps.listFields, steps.findUser]);
          const missing = missingFrom(fields.ok ? fields.json : undefined, keys);
          if (missing.length > maxNewFields) return deny(tooManyFields);
          let users = found.ok ? meant(found.json, address) : [];
          if (users.length > 1) return deny('Zendesk finds several users by the e-mail');
          if (users.length === 0 && !isComplete) {
            return deny('Zendesk does not know the user, and the event lacks the name or e-mail to create one');
          }

          yield* askAll(missing.map((key) => steps.addField({ key })));
          const written = yield* ask(steps.writeOrganization);
          const organization = written.status === 409 ? yield* ask(steps.writeOrganizationAgain) : written;
          if (!organization.ok) return deny('Zendesk does not take the organization');
          const organizationId = organization.json.organization.id;

          if (users.length === 0) {
            const created = yield* ask(steps.createUser);
            if (created.ok) {
              users = [created.json.user];
            } else {
              const now = yield* ask(steps.findCreatedUser);
              users = now.ok ? meant(now.json, address) : [];
            }
          }
          const [user, ...others] = users;
          if (user === undefined || others.length > 0) return deny('Zendesk did not create the user');

          const userId = user.id;
          for (let page = 1, isLast = false; !isLast; page++) {
            const known = yield* ask(steps.listMemberships({ userId, page }));
            if (!known.ok) break;
            const { organization_memberships: memberships, next_page: next } = known.json;
            if (memberships.some(({ organization_id: id }) => id === organizationId)) return [];
            isLast = typeof next !== 'string';
          }
          return [steps.addMembership({ userId, organizationId })];
        },
      });

    return given(event.userId, (userId) => membership(userId), sendGroupCallsWithoutUserId ? organizationOnly : []);
  },
});
