import {
  any,
  compact,
  type Converter,
  defineDestination,
  email,
  event,
  type Expr,
  is,
  isNumber,
  isText,
  need,
  none,
  only,
  option,
  pairs,
  person,
  post,
  secret,
  text,
  trait,
  url,
  when,
  z,
} from 'group-transformer/kit';

/** The field with the email address, which identifies contacts unless the config or the event says otherwise. */
const EMAIL = 3;

const isListId = (value: unknown): value is string => isText(value) && /^\d+$/.test(value);

const isId = (value: unknown): value is string | number => isText(value) || isNumber(value);
const contactId = only('text or a number', isId);

/** A contact list contains people, so the person's trait comes before the group's. */
const contactOf = (property: string, converter: Converter<string | number>) =>
  person.trait(property).as(converter).or(trait(property).as(converter));

/** Where Emarsys issues tokens, according to third parties. Its own page could not be read. */
const tokenUrl = 'https://auth.emarsys.net/oauth2/token';

const settings = z.object({
  emersysUsername: secret('API user, for WSSE, which Emarsys ends on 2026-12-31').optional(),
  emersysUserSecret: secret('Secret of the API user').optional(),
  clientId: secret(
    `API client id, instead of a user; not for pipelines. Tokens come from ${tokenUrl}, which Emarsys has not confirmed`,
  ).optional(),
  clientSecret: secret('Secret of the API client').optional(),
  emersysCustomIdentifier: z.string().optional().describe('Id of the field that identifies contacts; defaults to 3'),
  defaultContactList: z.string().optional().describe('Id of the contact list, if the event has no group id'),
  fieldMapping: pairs(
    'rudderProperty',
    'emersysProperty',
    'Traits, by name or path, and the contact fields to send them to',
  ),
});

/** The settings with their way to authenticate, OAuth first. Pipelines can only use WSSE. */
const config = settings.transform(
  ({ emersysUsername: user, emersysUserSecret, clientId, clientSecret, ...others }, checks) => {
    const wsse = user && emersysUserSecret && ({ type: 'wsse', user, secret: emersysUserSecret } as const);
    const oauth =
      clientId && clientSecret && ({ type: 'oauth-client-credentials', tokenUrl, clientId, clientSecret } as const);
    const [auth, pipelineAuth] = [oauth ?? wsse, wsse ?? oauth];
    if (auth !== undefined && pipelineAuth !== undefined) return { ...others, auth, pipelineAuth };
    const missing = clientId
      ? 'clientSecret'
      : clientSecret
        ? 'clientId'
        : user
          ? 'emersysUserSecret'
          : 'emersysUsername';
    const message = 'is required: Emarsys requires a user and its secret, or a client and its secret';
    checks.addIssue({ code: 'custom', path: [missing], message });
    return z.NEVER;
  },
);

export default defineDestination({
  name: 'emarsys',
  title: 'Emarsys',
  docs: 'https://dev.emarsys.com/docs/core-api-reference/1m0m70hy3tuov-add-contacts-to-a-contact-list',
  aliases: ['Emarsys (Actions)', 'actions-emarsys'],
  config,
  examples: {
    email: { emersysUsername: 'secret-emersysUsername', emersysUserSecret: 'secret-emersysUserSecret' },
    oauth: { clientId: 'secret-clientId', clientSecret: 'secret-clientSecret' },
    custom: {
      emersysUsername: 'secret-emersysUsername',
      emersysUserSecret: 'secret-emersysUserSecret',
      emersysCustomIdentifier: '37',
      defaultContactList: '4410',
      fieldMapping: [{ rudderProperty: 'phone', emersysProperty: '37' }],
    },
  },
  hosts: ['api.emarsys.net', 'auth.emarsys.net'],
  rules: (config) => [
    need(
      any(...contactsOf(config)),
      'Emarsys requires a value of the field that identifies contacts: the email address, or the trait that fieldMapping names',
    ),
    need(
      listOf(config),
      'Emarsys requires the id of a contact list, in digits, as groupId or config.defaultContactList',
    ),
  ],
  requests: (config, _delivery, { isForPipeline }) => {
    const auth = isForPipeline ? config.pipelineAuth : config.auth;
    const version = auth.type === 'wsse' ? 'v2' : 'v3';
    return post.json({
      url: url`https://api.emarsys.net/api/${version}/contactlist/${listOf(config)}/add`,
      headers: { Accept: 'application/json' },
      auth,
      body: { key_id: keyOf(config), external_ids: compact(...contactsOf(config)) },
      batch: { items: 1000, bytes: 10_000_000, at: 'body.json.external_ids', record: [''] },
    });
  },
});

type Config = z.output<typeof config>;

const listOf = ({ defaultContactList }: Config) =>
  event.groupId.default(defaultContactList).as(only('the id of a contact list', isListId));

const keyOf = ({ emersysCustomIdentifier }: Config) =>
  option('customIdentifierId')
    .as(only('the id of a field', isId))
    .default(emersysCustomIdentifier ?? EMAIL);

/** The contact for each possible key field. Only the one for the actual key field is present. */
function contactsOf(config: Config): Expr<string | number | undefined>[] {
  const key = keyOf(config).as(text);
  // If several rows have one field, the first counts.
  const properties = new Map(config.fieldMapping.map(([property, field]) => [field, property] as const).reverse());
  const mapped = [...properties].map(([field, property]) =>
    when<string | number>(is(key, field), contactOf(property, field === String(EMAIL) ? email : contactId)),
  );
  return [...mapped, when<string | number>(none(is(key, ...properties.keys())), contactOf('email', email))];
}
