import {
  context,
  defineDestination,
  del,
  event,
  fields,
  get,
  isNotNull,
  option,
  patch,
  post,
  put,
  secret,
  secretUrl,
  text,
  union,
  urlWithin,
  warn,
  when,
  z,
} from 'group-transformer/kit';

const withBody = { POST: post, PUT: put, PATCH: patch };
const withoutBody = { GET: get, DELETE: del };
const hasBody = (method: string): method is keyof typeof withBody => method in withBody;

const row = z.object({
  from: z.string().optional().describe('Name of the header'),
  to: secret('Value of the header').optional(),
});

/** What the event says of the request itself, as opposed to what is in it. */
const instructions = { url: 'fullPath', path: 'appendPath', headers: 'header' };
const instruction = (name: string) => event.at(name).or(option(name)).as(text);

const ownHeaders = fields(event.at(instructions.headers)).map((value) =>
  typeof value === 'string' ? value : JSON.stringify(value),
);

const ip = context('ip').or(event.at('request_ip'));
const body = union(
  fields(event.payload)
    .omit(...Object.values(instructions), 'context')
    .filter(isNotNull),
  { context: when(ip, union({ ip }, context.all)).or(context.all) },
);

export default defineDestination({
  name: 'webhook',
  title: 'Webhook',
  docs: 'https://www.rudderstack.com/docs/destinations/streaming-destinations/webhooks/',
  aliases: ['Webhooks', 'Webhook (Actions)', 'actions-webhook', 'actions-webhook-extensible'],
  config: z.object({
    webhookUrl: secretUrl('URL that takes the events'),
    webhookMethod: z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).default('POST').describe('Method of the requests'),
    headers: z
      .array(row)
      .prefault([])
      .transform((rows) => rows.flatMap(({ from, to = '' }) => (from === undefined ? [] : [[from.toLowerCase(), to]])))
      .transform((pairs) => Object.fromEntries(pairs) as Record<string, string>)
      .describe('Further headers'),
  }),
  examples: {
    post: {
      webhookUrl: 'https://hooks.example.com/in/secret-webhookUrl',
      headers: [{ from: 'X-Key', to: 'secret-headers' }],
    },
    get: { webhookUrl: 'https://hooks.example.com/in/secret-webhookUrl', webhookMethod: 'GET' },
  },
  hosts: { fromConfig: 'webhookUrl' },
  rules: ({ webhookMethod: method }) =>
    hasBody(method) ? [] : [warn(event.at('type'), `a ${method} request carries nothing of the event`)],
  requests: ({ webhookUrl, webhookMethod: method, headers }) => {
    const names = Object.keys(headers);
    const ofEvent = ownHeaders
      .mapKeys((name) => (names.includes(name.toLowerCase()) ? name.toLowerCase() : name))
      .omit(...names);
    const url = urlWithin(webhookUrl, {
      instead: instruction(instructions.url),
      append: instruction(instructions.path),
    });
    return hasBody(method)
      ? withBody[method].json({
          url,
          headers: union<string>(ofEvent, { 'content-type': 'application/json', ...headers }),
          body,
        })
      : withoutBody[method].empty({ url, headers: union<string>(ofEvent, headers) });
  },
});
