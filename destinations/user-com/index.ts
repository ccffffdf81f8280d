import {
  addressLine,
  askAll,
  concat,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  findOrCreate,
  first,
  get,
  hostLabel,
  pairs,
  person,
  post,
  put,
  read,
  rest,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  write,
  z,
} from 'group-transformer/kit';

/** Traits that have a field of another name, or none. */
const notAttributes = [
  ...[
    'id',
    'userId',
    'groupId',
    'name',
    'groupname',
    'email',
    'address',
    'city',
    'region',
    'country',
    'description',
    'phone',
  ],
  ...['zip', 'zipcode', 'postalcode', 'size', 'employees', 'tags'],
];

const postalCode = first(
  ...['zip', 'zipcode', 'zip_code', 'zipCode', 'postalcode', 'postal_code', 'postalCode'].map(trait),
  trait.address.postalCode,
);

const userId = person.id.or(event.anonymousId);
const found = z.object({ id: z.number() });

export default defineDestination({
  name: 'user-com',
  title: 'User.com',
  docs: 'https://apidocs.user.com/companies/update-company.html',
  aliases: ['USER', 'UserEngage'],
  config: z.object({
    apiKey: secret('Public REST API key'),
    appSubdomain: hostLabel('Label before .user.com in the application’s address'),
    companyAttributesMapping: pairs('from', 'to', 'Traits to send as attributes with another name'),
  }),
  examples: { default: { apiKey: 'secret-apiKey', appSubdomain: 'harbor' } },
  hosts: ['*.user.com'],
  requests: ({ apiKey, appSubdomain, companyAttributesMapping }) => {
    const base = `https://${appSubdomain}.user.com/api/public`;
    const headers = { Accept: '*/*;version=2', Authorization: template`Token ${apiKey}` };
    const company = {
      user_custom_id: userId.required('User.com requires userId or anonymousId'),
      custom_id: event.groupId.required(),
      name: trait.name.as(text).required(),
      email: trait.email.as(text),
      address: trait.address.as(addressLine),
      city: trait.address.city.as(text),
      region: trait('region'),
      country: trait('country'),
      phone_numbers: concat(trait.phone.as(text)),
      postal_code: postalCode.as(text),
      size: trait('size').or(trait.employees),
      tags: trait('tags'),
      description: trait.description.as(text),
      [rest]: traits.omit(...notAttributes).rename(companyAttributesMapping, Boolean),
    };
    return dialogue({
      steps: {
        findUser: read(
          get.empty({ url: url`${base}/users-by-id/${userId}/`, headers }),
          found
            .extend({
              custom_id: z
                .union([z.string(), z.number().transform(String)])
                .nullish()
                .catch(null),
            })
            .optional()
            .catch(undefined),
        ),
        findCompany: read(
          get.empty({ url: url`${base}/companies-by-id/${event.groupId}/`, headers }),
          found.optional().catch(undefined),
        ),
        create: write(post.json({ url: url`${base}/companies/`, headers, body: company }), found),
        update: ({ companyId }: { companyId: Expr<number> }) =>
          put.json({ url: url`${base}/companies/${companyId}/`, headers, body: company }),
        addMember: (known: { companyId: Expr<number>; userId: Expr<number>; customId: Expr<string | undefined> }) =>
          post.json({
            url: url`${base}/companies/${known.companyId}/add_member/`,
            headers,
            body: { user_id: known.userId, user_custom_id: known.customId },
          }),
      },
      *choose(steps) {
        const [user, known] = yield* askAll([steps.findUser, steps.findCompany]);
        if (!user.ok || user.json === undefined) return deny('User.com does not have the user');
        const company = yield* findOrCreate({ find: steps.findCompany, known, create: steps.create });
        if (company === undefined) return deny('User.com refused to create the company');
        const { id: companyId } = company.value;
        const { id, custom_id: customId } = user.json;
        const member = steps.addMember({ companyId, userId: id, customId: customId ?? undefined });
        return company.isNew ? [member] : [steps.update({ companyId }), member];
      },
    });
  },
});
