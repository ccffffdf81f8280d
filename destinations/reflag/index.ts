import {
  defineDestination,
  event,
  isNotNull,
  isNumber,
  omitEmpty,
  person,
  post,
  regions,
  secret,
  template,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const region = regions(
  { global: 'front.reflag.com', eu: 'front-eu.reflag.com' },
  'Region that processes requests',
  'global',
);

const company = {
  companyId: event.groupId.required(),
  userId: person.id,
  // Attributes are text, whole numbers or booleans.
  attributes: omitEmpty(
    traits
      .omit('id')
      .flatten('dots', { lists: 'joined' })
      .filter(isNotNull)
      .map((value) => (isNumber(value) && !Number.isInteger(value) ? String(value) : value)),
  ),
};

export default defineDestination({
  name: 'reflag',
  title: 'Reflag',
  docs: 'https://docs.reflag.com/api/public-api',
  aliases: ['Bucket'],
  config: z.object({
    secretKey: secret('Secret or publishable SDK key of the environment'),
    region,
    active: z.boolean().default(false).describe('Whether an event counts as activity of the company'),
  }),
  examples: {
    global: { secretKey: 'secret-secretKey' },
    eu: { secretKey: 'secret-secretKey', region: 'eu', active: true },
  },
  hosts: region.hosts,
  requests: ({ secretKey, region: host, active }) => {
    const headers = { Authorization: template`Bearer ${secretKey}` };
    const body = { ...company, context: active ? undefined : { active: false } };
    return post.json({
      url: url`https://${host}/company`,
      headers,
      body,
      batch: {
        items: 100,
        bytes: 100_000,
        at: 'body.json',
        as: post.json({ url: url`https://${host}/bulk`, headers, body: [{ type: 'company', ...body }] }),
      },
    });
  },
});
