import {
  defineDestination,
  event,
  given,
  isBoolean,
  isNotNull,
  isText,
  need,
  post,
  regions,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const dataResidency = regions({ us: 'heapanalytics.com', eu: 'c.eu.heap-api.com' }, 'Data center of the account', 'us');

const properties = traits
  .omit('id')
  .flatten('underscores', { lists: 'joined' })
  .filter(isNotNull)
  .map((value) => (isBoolean(value) ? String(value) : value))
  .keepKeys((key) => key.length <= 512, 'has a name with more than 512 characters')
  .keep((value) => !isText(value) || value.length <= 1024, 'has more than 1,024 characters');

export default defineDestination({
  name: 'heap',
  title: 'Heap',
  docs: 'https://developers.heap.io/reference/bulk-add-account-properties',
  aliases: ['Heap.io'],
  config: z.object({ appId: secret('Id of the environment, which identifies the sender to Heap'), dataResidency }),
  examples: { us: { appId: 'secret-appId' }, eu: { appId: 'secret-appId', dataResidency: 'eu' } },
  rejectsPipelines: 'RudderStack does not send group events to Heap, only identify, track',
  hosts: dataResidency.hosts,
  rules: () => [need(event.groupId)],
  requests: ({ appId, dataResidency: host }) => {
    const at = { url: url`https://${host}/api/add_account_properties` };
    return given(properties, (found) => {
      const account = { account_id: event.groupId.required(), properties: found };
      return post.json({
        ...at,
        body: { app_id: appId, ...account },
        batch: {
          items: 1000,
          bytes: 1_000_000,
          at: 'body.json.accounts',
          uniqueBy: 'account_id',
          as: post.json({ ...at, body: { app_id: appId, accounts: [account] } }),
        },
      });
    });
  },
});
