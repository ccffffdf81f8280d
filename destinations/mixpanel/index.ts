import {
  aboutPerson,
  any,
  context,
  defineDestination,
  each,
  event,
  given,
  isList,
  isNumber,
  isoDateTime,
  isText,
  type Json,
  need,
  only,
  post,
  present,
  regions,
  rows,
  secret,
  template,
  text,
  trait,
  traits,
  union,
  url,
  z,
} from 'group-transformer/kit';

const dataResidency = regions(
  { us: 'api.mixpanel.com', eu: 'api-eu.mixpanel.com', in: 'api-in.mixpanel.com' },
  'Data center of the project',
  'us',
);

const isId = (value: unknown): value is string | number | Json[] =>
  isText(value) || (isNumber(value) && value !== 0) || isList(value);

/** The event's ids for a group key. The only key falls back to the group id. */
function idsOf(groupKey: string, { length: count }: readonly string[]) {
  if (groupKey === 'groupId') return event.groupIds;
  const given = count === 1 ? trait(groupKey).or(event.groupIds) : trait(groupKey);
  return given.as(only('an id or a list of ids', isId)).listOf(text);
}

/** The traits, renamed where Mixpanel has its own names. */
const withReserved = union(
  { $name: trait.name.as(text), $created: trait.createdAt.as(isoDateTime) },
  traits.omit('name', 'createdAt'),
);

export default defineDestination({
  name: 'mixpanel',
  title: 'Mixpanel',
  docs: 'https://docs.mixpanel.com/reference/group-batch-update',
  aliases: ['MP', 'Mixpanel (Actions)', 'actions-mixpanel', 'Mixpanel (Legacy)'],
  config: z.object({
    token: secret('Project token'),
    groupKeySettings: rows('groupKey', 'Group keys of the project: groupId, or names of traits').refine(
      (keys) => keys.length > 0,
      'must name a group key',
    ),
    dataResidency,
    reservedProperties: z
      .boolean()
      .default(false)
      .describe('Whether to rename the name and the creation date to the properties $name and $created'),
    identityMergeApi: z.enum(['original', 'simplified']).default('original').describe('How identities are merged'),
  }),
  examples: {
    original: { token: 'secret-token', groupKeySettings: [{ groupKey: 'groupId' }, { groupKey: 'regions' }] },
    simplified: { token: 'secret-token', groupKeySettings: [{ groupKey: 'groupId' }], identityMergeApi: 'simplified' },
  },
  nativeDefaults: { reservedProperties: true },
  hosts: dataResidency.hosts,
  groups: 'list',
  rules: ({ groupKeySettings }) => [
    need(
      any(...groupKeySettings.map((key) => present(idsOf(key, groupKeySettings)))),
      'the event has none of the group keys in config.groupKeySettings',
    ),
    need(
      any(event.userId, event.anonymousId, traits),
      'Mixpanel creates no group without a trait, and adds nobody without a user id or an anonymous id',
    ),
  ],
  requests: ({ token, groupKeySettings, dataResidency: host, reservedProperties, identityMergeApi }) => {
    const properties = reservedProperties ? withReserved : traits;
    const endpoint = (name: string) => ({ url: url`https://${host}/${name}/`, query: { verbose: 2 } });
    const device = identityMergeApi === 'simplified' ? template`$device:${event.anonymousId}` : event.anonymousId;
    const ip = context('ip').or(event.at('request_ip')).as(text);
    return groupKeySettings.map((groupKey) => {
      const ids = idsOf(groupKey, groupKeySettings).once();
      return given(present(ids), [
        given(event.userId.or(device), (user) =>
          post.json({
            ...endpoint('engage'),
            batch: { items: 2000, bytes: 1_000_000, at: 'body.json' },
            body: [{ $token: token, $distinct_id: user, $set: { [groupKey]: ids }, $ip: aboutPerson(ip) }],
          }),
        ),
        // Mixpanel creates no group without a property.
        given(properties, (set) =>
          each(ids, (id) =>
            post.json({
              ...endpoint('groups'),
              batch: { items: 200, bytes: 1_000_000, at: 'body.json' },
              body: [{ $token: token, $group_key: groupKey, $group_id: id, $set: set }],
            }),
          ),
        ),
      ]);
    });
  },
});
