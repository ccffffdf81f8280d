import {
  base64,
  baseUrl,
  defineDestination,
  event,
  person,
  post,
  secret,
  template,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'voucherify',
  title: 'Voucherify',
  docs: 'https://docs.voucherify.io/integrations/segment',
  aliases: ['Voucherify (Actions)', 'voucherify-actions'],
  config: z.object({
    apiKey: secret('Application ID of an integration key'),
    secretKey: secret('Secret key of the same integration key'),
    customURL: baseUrl().describe('API endpoint of the project, with segmentio instead of api'),
  }),
  examples: {
    default: {
      apiKey: 'secret-apiKey',
      secretKey: 'secret-secretKey',
      customURL: 'https://us1.segmentio.voucherify.io',
    },
  },
  hosts: { fromConfig: 'customURL', known: ['segmentio.voucherify.io', '*.segmentio.voucherify.io'] },
  requests: ({ apiKey, secretKey, customURL }) =>
    post.json({
      url: url`${customURL}/segmentio/group-processing`,
      // Voucherify reads the id alone, without a colon after it.
      headers: { Authorization: template`Basic ${base64(apiKey)}`, 'Secret-Key': base64(secretKey) },
      body: {
        customer: { source_id: person.id.required() },
        group_id: event.groupId.required(),
        traits,
        type: 'group',
      },
    }),
});
