import {
  ask,
  askAll,
  decimal,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  get,
  given,
  isScalar,
  omitEmpty,
  only,
  option,
  pairs,
  person,
  post,
  put,
  read,
  regions,
  type Scalar,
  secret,
  text,
  trait,
  traits,
  unixMillis,
  url,
  write,
  z,
} from 'group-transformer/kit';

const dataCenter = regions(
  { US: 'api.aptrinsic.com', EU: 'api-eu.aptrinsic.com', US2: 'api-us2.aptrinsic.com' },
  'Data center of the subscription',
  'US',
);

/** Fields that take the trait of the same name unchanged. */
const plainFields = ['trackedSubscriptionId', 'sfdcId', 'dunsNumber', 'sicCode', 'naicsCode', 'parentGroupId'] as const;
const places = [
  ...(['countryName', 'countryCode', 'stateName', 'stateCode', 'city', 'street', 'postalCode'] as const),
  ...(['continent', 'regionName', 'timeZone'] as const),
] as const;
/** Traits that have a field, and so cannot be custom attributes. */
const notCustom = [
  ...['name', 'industry', 'website', 'plan', 'numberOfEmployees', 'numberOfUsers', 'createDate', 'lastModifiedDate'],
  ...['lastSeenDate', 'latitude', 'longitude', ...plainFields, ...places],
];

const scalar = only('text, a number or a boolean', isScalar);
const sameNamed = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, trait(name).as(scalar)])) as Record<Name, Expr<Scalar | undefined>>;

const userId = person.id.or(event.anonymousId);
const groupId = event.groupId.required();

export default defineDestination({
  name: 'gainsight-px',
  title: 'Gainsight PX',
  docs: 'https://px-apidocs.gainsight.com/',
  aliases: ['GAINSIGHT_PX', 'GAINSIGHTPX', 'Gainsight Px Cloud (Actions)', 'actions-gainsight-px-cloud'],
  config: z.object({
    apiKey: secret('REST API key'),
    productTagKey: z.string().min(1).describe('Tag key of the product'),
    dataCenter,
    accountAttributeMap: pairs('from', 'to', 'Traits to send as custom attributes of the account'),
  }),
  examples: {
    us: { apiKey: 'secret-apiKey', productTagKey: 'AP-HARBOR-2' },
    eu: { apiKey: 'secret-apiKey', productTagKey: 'AP-HARBOR-2', dataCenter: 'EU' },
    us2: { apiKey: 'secret-apiKey', productTagKey: 'AP-HARBOR-2', dataCenter: 'US2' },
  },
  hosts: dataCenter.hosts,
  requests: ({ apiKey, productTagKey, dataCenter: host, accountAttributeMap }) => {
    const base = `https://${host}/v1`;
    const headers = { 'Content-Type': 'application/json', 'X-APTRINSIC-API-KEY': apiKey };
    const attributeOf = new Map(accountAttributeMap);
    const account = {
      name: trait.name.as(text).required(),
      industry: trait.industry.as(scalar),
      website: trait.website.as(scalar),
      plan: trait.plan.as(scalar),
      ...sameNamed(plainFields),
      numberOfEmployees: trait('numberOfEmployees').as(decimal),
      numberOfUsers: trait('numberOfUsers').as(decimal),
      createDate: trait('createDate').as(unixMillis),
      lastModifiedDate: trait('lastModifiedDate').as(unixMillis),
      lastSeenDate: trait('lastSeenDate').as(unixMillis),
      location: omitEmpty({
        ...sameNamed(places),
        coordinates: omitEmpty({
          latitude: trait('latitude').as(decimal),
          longitude: trait('longitude').as(decimal),
        }),
      }),
      customAttributes: omitEmpty(
        traits
          .pick(...attributeOf.keys())
          .omit(...notCustom)
          .mapKeys((key) => attributeOf.get(key) ?? key),
      ),
      propertyKeys: [productTagKey],
    };

    const user = { url: url`${base}/users/${userId}`, headers };
    const ofGroup = { url: url`${base}/accounts/${groupId}`, headers };
    const update = put.json({ ...ofGroup, body: account });
    const create = post.json({
      url: url`${base}/accounts`,
      headers,
      body: { ...account, id: groupId },
    });
    const link = put.json({ ...user, body: { accountId: groupId } });
    return given(
      option('limitAPIForGroup'),
      dialogue({
        steps: { update: write(update, z.unknown()), create, link },
        *choose(steps) {
          const updated = yield* ask(steps.update);
          if (updated.ok) return [steps.link];
          if (updated.status === 404) return [steps.create, steps.link];
          return deny('Gainsight PX refused the account');
        },
      }),
      dialogue({
        steps: {
          findUser: read(get.empty(user), z.unknown()),
          findAccount: read(get.empty(ofGroup), z.unknown()),
          update,
          create,
          link,
        },
        *choose(steps) {
          const [member, known] = yield* askAll([steps.findUser, steps.findAccount]);
          if (!member.ok) return deny('Gainsight PX does not have the user');
          return [known.ok ? steps.update : steps.create, steps.link];
        },
      }),
    );
  },
});
