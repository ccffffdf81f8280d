import { generateKeyPairSync } from 'node:crypto';

import { decodeProtectedHeader, jwtVerify } from 'jose';

import type { Auth, Request } from '../../src/contract/requests.ts';
import { wsseHeader } from '../../src/core/wsse.ts';
import { signForAws } from '../../src/deliver/aws.ts';
import { createDeliverer, type Deliverer, type DeliveryCredentials } from '../../src/deliver/delivery.ts';
import { sharedAccessSignature } from '../../src/deliver/headers.ts';
import { Peer, type Received } from '../support/peer.ts';

const base: Request = {
  method: 'POST',
  url: 'https://api.acme.example/v1',
  headers: {},
  query: {},
  body: { json: { a: 1 } },
};

describe('AWS Signature Version 4, by the published test suite', () => {
  const token =
    'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

  it.each<[string, Partial<Request>, string | undefined, string, string]>([
    [
      'get-vanilla',
      { method: 'GET' },
      undefined,
      'host;x-amz-date',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'get-vanilla-query-order-key-case',
      { method: 'GET', query: { Param2: 'value2', Param1: 'value1' } },
      undefined,
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-unreserved',
      {
        method: 'GET',
        url: 'https://example.amazonaws.com/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      },
      undefined,
      'host;x-amz-date',
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
    [
      'post-vanilla',
      {},
      undefined,
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      { headers: form, body: { form: { Param1: 'value1' } } },
      undefined,
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
    [
      'post-sts-header-before',
      {},
      token,
      'host;x-amz-date;x-amz-security-token',
      '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    ],
  ])('%s', async (_name, more, sessionToken, names, signature) => {
    const request: Request = { method: 'POST', url: 'https://example.amazonaws.com/', headers: {}, query: {}, ...more };
    const key = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      ...(sessionToken !== undefined && { sessionToken }),
    };
    const scope = { service: 'service', region: 'us-east-1' };
    const { headers } = await signForAws(request, scope, key, new Date('2015-08-30T12:36:00.000Z'));
    expect(headers.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    );
    expect(headers['x-amz-date']).toBe('20150830T123600Z');
  });
});

it('WSSE has the digest of the hexadecimal text', () => {
  expect(
    wsseHeader(
      { user: 'api_user1', secret: 'sEcret' },
      new Date('2024-03-05T10:15:31.000Z'),
      '00112233445566778899aabbccddeeff',
    ),
  ).toBe(
    'UsernameToken Username="api_user1", PasswordDigest="ZGM4NzkyZGFlOGRjOWIyM2JiYTE4ZDRjNjk1ZDViZGU1NmVlNjIwYQ==", ' +
      'Nonce="00112233445566778899aabbccddeeff", Created="2024-03-05T10:15:31.000Z"',
  );
});

it('a shared access signature is of the resource and its end', () => {
  const sas = { resource: 'https://hub.servicebus.windows.net/', keyName: 'send', key: 'a+key/of=the hub' };
  // Computed by OpenSSL, from the text that ends with the time in an hour.
  expect(sharedAccessSignature(sas, new Date('2026-01-02T03:04:05.678Z'))).toBe(
    'SharedAccessSignature sr=https%3A%2F%2Fhub.servicebus.windows.net%2F&sig=2t4YgiYxHqItcI%2F3ypMamfqXtxITMkG6XC3Ckyek5vo%3D&se=1767326645&skn=send',
  );
});

describe('what is fetched first', () => {
  const peer = new Peer();
  let open: Deliverer[] = [];
  /** What the servers of tokens answer, by their hosts. */
  let servers: Record<string, (call: Received) => [status: number, json: unknown]> = {};
  let vendor: (call: Received) => [status: number, json: unknown] = () => [200, {}];

  beforeAll(async () => {
    await peer.start();
  });

  beforeEach(() => {
    peer.calls.length = 0;
    servers = {};
    vendor = () => [200, {}];
    peer.answer = (call, response) => {
      const [status, json] = (servers[new URL(call.url).host] ?? vendor)(call);
      response.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '9' }).end(JSON.stringify(json));
    };
  });

  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    open = [];
  });

  afterAll(() => {
    peer.stop();
  });

  function deliverer(credentials: DeliveryCredentials = {}, hosts?: string[]): Deliverer {
    const gatewayUrl = `http://127.0.0.1:${String(peer.port)}`;
    const one = createDeliverer({ gatewayUrl, credentials, timeout: 60_000, ...(hosts && { hosts }) });
    open.push(one);
    return one;
  }

  const requestsWith = (auth: Auth) => ({ requests: [{ ...base, auth }] });
  const callsTo = (host: string) => peer.calls.filter(({ url }) => new URL(url).host === host);
  const authorizations = () => callsTo('api.acme.example').map(({ headers }) => headers.authorization);

  describe('an OAuth token', () => {
    const auth: Auth = {
      type: 'oauth-client-credentials',
      tokenUrl: 'https://auth.acme.example/oauth2/token',
      clientId: 'my client',
      clientSecret: 'p:ss+',
    };
    let given: number;
    const giving = (seconds: number) => (): [number, unknown] => [
      200,
      { access_token: `t-${String(++given)}`, token_type: 'Bearer', expires_in: seconds },
    ];

    beforeEach(() => {
      given = 0;
      servers['auth.acme.example'] = giving(3_600);
    });

    it('is asked for by the client, with its secret in HTTP Basic', async () => {
      expect(await deliverer().deliver(requestsWith(auth))).toMatchObject({ outcome: 'delivered' });
      const [asked] = callsTo('auth.acme.example');
      expect(asked).toMatchObject({ method: 'POST', body: 'grant_type=client_credentials' });
      expect(asked?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
      const [, text = ''] = asked?.headers.authorization?.split(' ') ?? [];
      // Encoded before they are joined, as RFC 6749 says.
      expect(Buffer.from(text, 'base64').toString()).toBe('my+client:p%3Ass%2B');
      expect(authorizations()).toEqual(['Bearer t-1']);
      expect(callsTo('api.acme.example')[0]?.body).toBe('{"a":1}');
    });

    it('serves many requests, also at a time, and others get their own', async () => {
      const one = deliverer();
      await Promise.all(Array.from({ length: 10 }, () => one.deliver(requestsWith(auth))));
      await one.deliver(requestsWith({ ...auth, clientId: 'another' }));
      expect(callsTo('auth.acme.example')).toHaveLength(2);
      expect(authorizations().filter((header) => header === 'Bearer t-1')).toHaveLength(10);
      expect(authorizations().at(-1)).toBe('Bearer t-2');
    });

    it('is not used when it is about to end', async () => {
      servers['auth.acme.example'] = giving(30);
      const one = deliverer();
      await one.deliver(requestsWith(auth));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await one.deliver(requestsWith(auth));
      expect(authorizations()).toEqual(['Bearer t-1', 'Bearer t-2']);
    });

    it('that the vendor refuses is fetched again, once', async () => {
      const one = deliverer();
      await one.deliver(requestsWith(auth));
      vendor = ({ headers }) => [headers.authorization === 'Bearer t-1' ? 401 : 200, {}];
      expect(await one.deliver(requestsWith(auth))).toMatchObject({ outcome: 'delivered' });
      vendor = () => [401, {}];
      expect(await one.deliver(requestsWith(auth))).toMatchObject({ outcome: 'refused', status: 401 });
      expect(authorizations()).toEqual(['t-1', 't-1', 't-2', 't-2', 't-3'].map((token) => `Bearer ${token}`));
    });

    it.each([
      [401, { error: 'invalid_client' }, { outcome: 'refused', status: 401 }],
      [429, {}, { outcome: 'retry', status: 429, retryAfter: 9 }],
      [500, {}, { outcome: 'retry', status: 500 }],
      [200, { nothing: 'of use' }, { outcome: 'retry', message: expect.stringContaining('without a token') as string }],
    ])('that is not given ends the delivery before anything is sent: %i', async (status, json, expected) => {
      servers['auth.acme.example'] = () => [status, json];
      const one = deliverer();
      expect(await one.deliver(requestsWith(auth))).toMatchObject({ ...expected, next: 0 });
      expect(callsTo('api.acme.example')).toEqual([]);
      // What has failed is not kept.
      servers['auth.acme.example'] = giving(3_600);
      expect(await one.deliver(requestsWith(auth))).toMatchObject({ outcome: 'delivered' });
    });

    it.each(['http://auth.acme.example/', 'https:', 'token'])('is not asked for at "%s"', async (tokenUrl) => {
      expect(await deliverer().deliver(requestsWith({ ...auth, tokenUrl }))).toMatchObject({
        outcome: 'refused',
        message: 'auth.tokenUrl is not an https URL',
      });
      expect(peer.calls).toEqual([]);
    });

    it('is not asked for at a host that may not be called', async () => {
      expect(await deliverer({}, ['api.acme.example']).deliver(requestsWith(auth))).toMatchObject({
        outcome: 'refused',
        message: expect.stringContaining('auth.acme.example') as string,
      });
      expect(peer.calls).toEqual([]);
    });
  });

  describe('a token of Google', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const account = {
      type: 'service_account',
      client_email: 'sender@project.example',
      private_key_id: 'key-1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      token_uri: 'https://elsewhere.example/token',
    };
    const scope = 'https://www.googleapis.com/auth/pubsub';

    beforeEach(() => {
      servers['oauth2.googleapis.com'] = () => [
        200,
        { access_token: 'access', id_token: 'identity', token_type: 'Bearer', expires_in: 3_599 },
      ];
    });

    async function asserted() {
      const [call, ...others] = callsTo('oauth2.googleapis.com');
      expect(others).toEqual([]);
      const form = new URLSearchParams(call?.body);
      expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
      const assertion = form.get('assertion') ?? '';
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
      const { payload } = await jwtVerify(assertion, publicKey, { audience: 'https://oauth2.googleapis.com/token' });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
      return payload;
    }

    it('is an access token of the scope', async () => {
      const auth: Auth = { type: 'google-access-token', scope, credentials: JSON.stringify(account) };
      const one = deliverer();
      await one.deliver(requestsWith(auth));
      await one.deliver(requestsWith(auth));
      expect(authorizations()).toEqual(['Bearer access', 'Bearer access']);
      expect(await asserted()).toMatchObject({ iss: account.client_email, sub: account.client_email, scope });
    });

    it('is an id token for the audience', async () => {
      const audience = 'https://fn.acme.example/';
      servers['oauth2.googleapis.com'] = () => [200, { id_token: 'identity' }];
      await deliverer().deliver(
        requestsWith({ type: 'google-id-token', audience, credentials: JSON.stringify(account) }),
      );
      expect(authorizations()).toEqual(['Bearer identity']);
      expect(await asserted()).toMatchObject({ target_audience: audience });
    });

    it('is that of the deliverer where the config has no account', async () => {
      const auth: Auth = { type: 'google-access-token', scope };
      await deliverer({ google: account }).deliver(requestsWith(auth));
      expect(authorizations()).toEqual(['Bearer access']);
      expect(await asserted()).toMatchObject({ iss: account.client_email });
      expect(await deliverer().deliver(requestsWith(auth))).toMatchObject({
        outcome: 'refused',
        message: expect.stringContaining('no service account') as string,
      });
    });

    it.each([
      ['{', 'the credentials in the config are not the JSON key file of a service account'],
      ['{"client_email":"a"}', 'the credentials in the config are not the JSON key file of a service account'],
      [
        JSON.stringify({ ...account, private_key: 'none' }),
        'the private_key of the service account is not a PKCS #8 key in PEM',
      ],
    ])('needs a usable key', async (credentials, message) => {
      const auth: Auth = { type: 'google-access-token', scope, credentials };
      expect(await deliverer().deliver(requestsWith(auth))).toEqual({ outcome: 'refused', next: 0, message });
      expect(peer.calls).toEqual([]);
    });
  });

  describe('a role of AWS', () => {
    const auth: Auth = {
      type: 'aws-sigv4',
      service: 'events',
      region: 'eu-west-1',
      roleArn: 'arn:aws:iam::111122223333:role/events',
    };
    const aws = { accessKeyId: 'AKIDBASE', secretAccessKey: 'base', externalId: 'workspace-1' };
    const credentialsUntil = (seconds: number) => ({
      AssumeRoleResponse: {
        AssumeRoleResult: {
          Credentials: {
            AccessKeyId: 'AKIDROLE',
            SecretAccessKey: 'role',
            SessionToken: 'session',
            Expiration: Date.now() / 1_000 + seconds,
          },
        },
      },
    });

    it('is assumed, once for many requests', async () => {
      servers['sts.eu-west-1.amazonaws.com'] = () => [200, credentialsUntil(3_600)];
      const one = deliverer({ aws });
      await one.deliver(requestsWith(auth));
      expect(await one.deliver(requestsWith(auth))).toMatchObject({ outcome: 'delivered' });
      const [asked, ...others] = callsTo('sts.eu-west-1.amazonaws.com');
      expect(others).toEqual([]);
      expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: auth.roleArn,
        RoleSessionName: 'group-transformer',
        ExternalId: 'workspace-1',
      });
      expect(asked?.headers.authorization).toMatch(/Credential=AKIDBASE\/\d{8}\/eu-west-1\/sts\//);
      const [sent] = callsTo('api.acme.example');
      expect(sent?.headers.authorization).toMatch(/Credential=AKIDROLE\/\d{8}\/eu-west-1\/events\//);
      expect(sent?.headers['x-amz-security-token']).toBe('session');
    });

    it('is not assumed without an identity, or where there is no such region', async () => {
      const none = await deliverer().deliver(requestsWith(auth));
      expect(none).toMatchObject({ outcome: 'refused', message: expect.stringContaining('"aws"') as string });
      const elsewhere = await deliverer({ aws }).deliver(requestsWith({ ...auth, region: 'evil.example/' }));
      expect(elsewhere).toMatchObject({ outcome: 'refused', message: 'auth.region is not an AWS region' });
      expect(peer.calls).toEqual([]);
    });

    it('that AWS does not give ends the delivery', async () => {
      servers['sts.eu-west-1.amazonaws.com'] = () => [403, {}];
      expect(await deliverer({ aws }).deliver(requestsWith(auth))).toMatchObject({ outcome: 'refused', status: 403 });
      servers['sts.eu-west-1.amazonaws.com'] = () => [200, {}];
      expect(await deliverer({ aws }).deliver(requestsWith(auth))).toMatchObject({
        outcome: 'retry',
        message: 'AWS answered without a key for the role',
      });
      expect(callsTo('api.acme.example')).toEqual([]);
    });
  });

  describe('an answer of AWS', () => {
    const auth: Auth = {
      type: 'aws-sigv4',
      service: 'kinesis',
      region: 'eu-west-1',
      accessKeyId: 'AKID',
      secretAccessKey: 's',
    };

    it.each<[number, unknown, object]>([
      [200, { FailedRecordCount: 0, Records: [{ SequenceNumber: '1' }] }, { outcome: 'delivered' }],
      [
        200,
        { FailedRecordCount: 1, Records: [{}, { ErrorCode: 'ProvisionedThroughputExceededException' }] },
        { outcome: 'retry', message: expect.stringContaining('ProvisionedThroughputExceededException') as string },
      ],
      [200, { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }, { outcome: 'retry' }],
      [200, { FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] }, { outcome: 'refused' }],
      [
        200,
        { FailedPutCount: 1, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }] },
        { outcome: 'retry' },
      ],
      [400, { __type: 'ThrottlingException' }, { outcome: 'retry', retryAfter: 9 }],
      [400, { __type: 'com.amazonaws.kinesis#ValidationException' }, { outcome: 'refused', status: 400 }],
      [403, {}, { outcome: 'refused', status: 403 }],
      [503, {}, { outcome: 'retry', status: 503 }],
    ])('%i %j', async (status, json, expected) => {
      vendor = () => [status, json];
      expect(await deliverer().deliver(requestsWith(auth))).toMatchObject(expected);
    });
  });

  it('WSSE and Azure take no call, and a nonce is never the same', async () => {
    const one = deliverer();
    await one.deliver(requestsWith({ type: 'wsse', user: 'u', secret: 's' }));
    await one.deliver(requestsWith({ type: 'wsse', user: 'u', secret: 's' }));
    await one.deliver(requestsWith({ type: 'azure-sas', resource: 'https://hub.example/', keyName: 'k', key: 'x' }));
    const [first, second, third] = peer.calls.map(({ headers }) => headers);
    const nonces = [first, second].map((headers) => /Nonce="([0-9a-f]{32})"/.exec(String(headers?.['x-wsse']))?.[1]);
    expect(nonces[0]).toBeDefined();
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(third?.authorization).toMatch(/^SharedAccessSignature sr=https%3A%2F%2Fhub\.example%2F&sig=/);
  });
});
