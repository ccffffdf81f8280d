import {
  defineDestination,
  event,
  isoDateTime,
  isScalar,
  option,
  person,
  post,
  regions,
  rest,
  secret,
  template,
  text,
  textUpTo,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const region = regions({ US: 'sdr.totango.com', EU: 'sdr-eu1.totango.com' }, 'Data center of the service', 'US');

export default defineDestination({
  name: 'totango',
  title: 'Totango',
  docs: 'https://support.totango.com/hc/en-us/articles/203639605-Totango-HTTP-API',
  config: z.object({
    serviceId: z.string().describe('Id of the service, such as SP-1234-01'),
    region,
    apiToken: secret('Token, where the service requires one').optional(),
  }),
  examples: {
    us: { serviceId: 'SP-1234-01' },
    eu: { serviceId: 'SP-1234-01', region: 'EU', apiToken: 'secret-apiToken' },
  },
  hosts: region.hosts,
  requests: ({ serviceId, region: host, apiToken }) =>
    post.form({
      url: url`https://${host}/pixel.gif`,
      headers: { Authorization: apiToken && template`app-token ${apiToken}` },
      body: {
        sdr_s: serviceId,
        sdr_o: event.groupId.required(),
        sdr_u: person.id,
        'sdr_o.account_name': trait.name.as(textUpTo(128)),
        'sdr_o.Create Date': trait.createdAt.as(isoDateTime),
        'sdr_o.parent_id': option('parent.id').as(text),
        'sdr_o.product_id': option('product.id').as(text),
        [rest]: traits
          .omit('id', 'name', 'createdAt')
          .flatten('underscores', { lists: 'joined' })
          .filter(isScalar)
          .mapKeys((key) => `sdr_o.${key}`),
      },
    }),
});
