import {
  any,
  ask,
  defineDestination,
  dialogue,
  email,
  event,
  type Expr,
  get,
  given,
  isText,
  omitEmpty,
  only,
  patch,
  person,
  post,
  read,
  regions,
  secret,
  template,
  text,
  trait,
  traits,
  union,
  url,
  z,
} from 'group-transformer/kit';

const region = regions({ us: 'api.novu.co', eu: 'eu.api.novu.co' }, 'Region of the organization', 'us');

const isKey = (value: unknown): value is string =>
  isText(value) && (/^[\w:-]+$/.test(value) || email.convert(value) === value);
const contextId = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
const isContextId = (value: unknown): value is string => isText(value) && contextId.test(value);

const found = z.object({ id: z.string(), data: z.record(z.string(), z.unknown()).nullish() });
/** Novu wraps answers in `data`, except those that have a field of that name. */
const known = z
  .union([found, z.object({ data: found }).transform(({ data }) => data)])
  .nullable()
  .catch(null);

const data = traits.omit('id');

/** The group's identity and traits, for workflows that run in its context. */
function contextOf(base: string, headers: { Authorization: Expr<string | undefined> }, type: string, id: Expr<string>) {
  const own = url`${base}/contexts/${type}/${id}`;
  return dialogue({
    facts: { hasData: any(data) },
    steps: {
      find: read(get.empty({ url: own, headers }), known),
      create: post.json({ url: url`${base}/contexts`, headers, body: { type, id, data: omitEmpty(data) } }),
      // An update replaces all data in Novu.
      update: (there: { data: Expr<Record<string, unknown>> }) =>
        patch.json({ url: own, headers, body: { data: union<unknown>(data, there.data) } }),
    },
    *choose({ find, create, update }, { hasData }) {
      const answer = yield* ask(find);
      const there = answer.ok ? answer.json : null;
      if (there === null) return [create];
      return hasData ? [update({ data: there.data ?? {} })] : [];
    },
  });
}

export default defineDestination({
  name: 'novu',
  title: 'Novu',
  docs: 'https://docs.novu.co/api-reference/topics/create-a-topic',
  config: z.object({
    secretKey: secret('Secret key of the environment'),
    region,
    contextType: z
      .string()
      .regex(contextId, 'must be lower-case letters and digits, with - or _ between them')
      .optional()
      .describe('Type of the contexts for traits, such as tenant; without it, traits are not sent'),
  }),
  examples: {
    topic: { secretKey: 'secret-secretKey' },
    context: { secretKey: 'secret-secretKey', region: 'eu', contextType: 'tenant' },
  },
  hosts: region.hosts,
  requests: ({ secretKey, region: host, contextType }) => {
    const base = `https://${host}/v2`;
    const headers = { Authorization: template`ApiKey ${secretKey}` };
    const key = event.groupId.as(only('letters, digits, _, - and :, or an email address', isKey)).required();
    return [
      post.json({ url: url`${base}/topics`, headers, body: { key, name: trait.name.as(text) } }),
      given(person.id, (subscriberId) => [
        // Novu only subscribes users that it has. Those that it has stay unchanged.
        post.json({ url: url`${base}/subscribers`, headers, body: { subscriberId } }),
        post.json({ url: url`${base}/topics/${key}/subscriptions`, headers, body: { subscriptions: [subscriberId] } }),
      ]),
      ...(contextType === undefined
        ? []
        : [
            given(
              event.groupId.as(only('lower-case letters and digits, with - or _ between them', isContextId)),
              (id) => contextOf(base, headers, contextType, id),
            ),
          ]),
    ];
  },
});
