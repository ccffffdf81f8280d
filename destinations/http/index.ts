import {
  basic,
  batchSize,
  type Converter,
  defineDestination,
  del,
  event,
  type Expr,
  fields,
  get,
  isScalar,
  isText,
  nested,
  only,
  pairs,
  patch,
  pathOf,
  placeOf,
  post,
  put,
  rows,
  secret,
  secretUrl,
  setting,
  sourceOf,
  template,
  text,
  union,
  url,
  urlWithin,
  withoutNulls,
  z,
} from 'group-transformer/kit';

const methods = { POST: post, PUT: put, PATCH: patch, GET: get, DELETE: del };

const config = z.object({
  apiUrl: secretUrl('URL to send events to'),
  auth: z
    .enum(['noAuth', 'basicAuth', 'bearerTokenAuth', 'apiKeyAuth'])
    .default('noAuth')
    .describe('How requests authenticate'),
  username: z.string().optional().describe('User, for basicAuth'),
  password: secret('Password, for basicAuth').optional(),
  bearerToken: secret('Token, for bearerTokenAuth').optional(),
  apiKeyName: z.string().optional().describe('Header for the key, for apiKeyAuth'),
  apiKeyValue: secret('Key, for apiKeyAuth').optional(),
  method: z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).default('POST').describe('Method of the requests'),
  format: z.enum(['JSON', 'FORM'], 'must be JSON or FORM').default('JSON').describe('Format of the body'),
  isDefaultMapping: z.boolean().default(true).describe('Whether the body is the whole event'),
  propertiesMapping: pairs('to', 'from', 'Fields of the body and their sources, if the body is not the whole event'),
  headers: pairs('to', 'from', 'Additional headers and their sources'),
  queryParams: pairs('to', 'from', 'Query parameters and their sources'),
  pathParams: rows('path', 'Sources of text to append to the path').prefault([]),
  isBatchingEnabled: z.boolean().default(false).describe('Whether a body may be a list of several events'),
  maxBatchSize: batchSize('Maximum number of events in a list; defaults to 100'),
});

type Config = z.output<typeof config>;

function converted<T>(from: string, converter: Converter<T>) {
  const source = sourceOf(from);
  return isText(source) ? source : source.as(converter);
}

function credentialsOf(settings: Config): [name: string, value: Expr<string | undefined>][] {
  const { auth, password } = settings;
  const why = `${auth} requires it`;
  switch (auth) {
    case 'noAuth':
      return [];
    case 'basicAuth':
      return [['Authorization', basic(setting(settings, 'username', why), password)]];
    case 'bearerTokenAuth':
      return [['Authorization', template`Bearer ${setting(settings, 'bearerToken', why)}`]];
    case 'apiKeyAuth':
      return [[setting(settings, 'apiKeyName', why), setting(settings, 'apiKeyValue', why)]];
  }
}

/** If several headers differ only in case, the last is sent. The content type is that of the format. */
function headersOf(settings: Config) {
  const given = settings.headers.map(([name, from]) => [name, converted(from, text)] as const);
  const all = [...credentialsOf(settings), ...given].map((header) => [header[0].toLowerCase(), header] as const);
  const last = new Map(all.filter(([name]) => name !== 'content-type'));
  return Object.fromEntries(last.values());
}

function bodyOf({ isDefaultMapping, propertiesMapping }: Config) {
  if (isDefaultMapping) return fields(event.payload.as(withoutNulls));
  return union(nested(propertiesMapping.map(([to, from]) => [placeOf(to), sourceOf(from)] as const)));
}

export default defineDestination({
  name: 'http',
  title: 'HTTP Webhook',
  docs: 'https://www.rudderstack.com/docs/destinations/streaming-destinations/http/',
  config,
  examples: {
    event: {
      apiUrl: 'https://api.example.com/in/secret-apiUrl',
      auth: 'bearerTokenAuth',
      bearerToken: 'secret-bearerToken',
    },
    mapped: {
      apiUrl: 'https://api.example.com/in/secret-apiUrl',
      method: 'PUT',
      isDefaultMapping: false,
      propertiesMapping: [{ to: '$.company.name', from: '$.traits.name' }],
      headers: [{ to: 'X-Source', from: 'crm' }],
      queryParams: [{ to: 'plan', from: '$.traits.plan' }],
      pathParams: [{ path: 'companies' }, { path: '$.groupId' }],
      isBatchingEnabled: true,
    },
  },
  hosts: { fromConfig: 'apiUrl' },
  requests: (settings) => {
    const { apiUrl, method, format, queryParams, pathParams, isBatchingEnabled, maxBatchSize = 100 } = settings;
    const query = queryParams.map(([name, from]) => [
      name,
      converted(from, only('text, a number or a boolean', isScalar)),
    ]);
    const parts = {
      url:
        pathParams.length === 0 ? url`${apiUrl}` : urlWithin(apiUrl, { append: pathOf(...pathParams.map(sourceOf)) }),
      headers: headersOf(settings),
      query: Object.fromEntries(query) as Record<string, string | Expr<string | number | boolean | undefined>>,
    };
    const body = bodyOf(settings);
    if (format === 'FORM') {
      const written = body.map((value) => (isText(value) ? value : JSON.stringify(value)));
      return methods[method].form({ ...parts, body: union<string>(written) });
    }
    const batch = { items: maxBatchSize, bytes: 5_000_000, at: 'body.json', unwrapped: true } as const;
    return methods[method].json({ ...parts, body, batch: isBatchingEnabled ? batch : undefined });
  },
});
