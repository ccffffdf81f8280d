import {
  aboutPerson,
  all,
  ask,
  askAll,
  deny,
  dialogue,
  type Expr,
  findOrCreate,
  get,
  person,
  post,
  read,
  text,
  url,
  write,
  z,
} from 'group-transformer/kit';

import {
  type Api,
  custom,
  fieldSteps,
  maxNewFields,
  missingFrom,
  postOrganization,
  tooManyFields,
} from './organization.ts';

const email = person.email
  .or(person.trait('primaryEmail'))
  .as(text)
  .required('Zendesk requires context.traits.email to find the user');

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

/**
 * Writes the organization, and makes the user a member of it. The user is created if Zendesk does not have it.
 * @param createsVerified whether created users count as verified
 */
export const membership = (api: Api, userId: Expr<string>, createsVerified: boolean) => {
  const { base, headers } = api;
  return dialogue({
    facts: {
      keys: custom.keys(),
      id: userId,
      address: email,
      isComplete: all(person.trait('name').as(text), person.email.as(text)),
    },
    steps: {
      ...fieldSteps(api),
      findUser: read(get.empty({ url: url`${base}/users/search.json`, headers, query: { query: email } }), userList),
      writeOrganization: write(postOrganization(api), z.object({ organization: z.object({ id: z.number() }) })),
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
              verified: createsVerified || undefined,
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
          url: url`${base}/organization_memberships.json`,
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
};
