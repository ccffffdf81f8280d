import { AwsV4Signer } from 'aws4fetch';
import { z } from 'zod';

import type { Auth, Request } from '../contract/requests.ts';
import { tryParseJson } from '../core/json.ts';
import { awsHost } from '../kit/aws.ts';
import { contentOf, type Exchange, urlOf, type VendorClient } from '../vendor/client.ts';
import type { AwsIdentity } from './credentials.ts';
import type { Lent } from './loans.ts';
import { judge, type Stop, Stopped, told, toRetry } from './verdict.ts';

type AwsAuth = Extract<Auth, { type: 'aws-sigv4' }>;

/** A key for signatures. */
export type AwsKey = Pick<AwsIdentity, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

/**
 * Signs a request with Signature Version 4.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signForAws(
  request: Request,
  { service, region }: Pick<AwsAuth, 'service' | 'region'>,
  key: AwsKey,
  now: Date,
): Promise<Request> {
  const url = urlOf(request);
  if (url === undefined) return request;
  const body = contentOf(request);
  const signer = new AwsV4Signer({
    method: request.method,
    url: url.href,
    headers: request.headers,
    ...(body !== undefined && { body }),
    service,
    region,
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    ...(key.sessionToken !== undefined && { sessionToken: key.sessionToken }),
    datetime: now.toISOString().replace(/[:-]|\.\d+/g, ''),
    allHeaders: true,
  });
  const signed = await signer.sign();
  return { ...request, url: signed.url.href, query: {}, headers: Object.fromEntries(signed.headers) };
}

const assumed = z.object({
  AssumeRoleResponse: z.object({
    AssumeRoleResult: z.object({
      Credentials: z.object({
        AccessKeyId: z.string(),
        SecretAccessKey: z.string(),
        SessionToken: z.string(),
        /** In seconds since 1970. */
        Expiration: z.number(),
      }),
    }),
  }),
});

/**
 * Assumes a role.
 * @throws {Stopped}
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(
  { roleArn, region }: { roleArn: string; region: string },
  { externalId, ...key }: AwsIdentity,
  client: VendorClient,
  now: Date,
): Promise<Lent<AwsKey>> {
  const form = {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'group-transformer',
    ...(externalId !== undefined && { ExternalId: externalId }),
  };
  const request: Request = {
    method: 'POST',
    url: `https://${awsHost('sts', region)}/`,
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    query: {},
    body: { form },
  };
  const exchange = await client.exchange(await signForAws(request, { service: 'sts', region }, key, now));
  const stop = judge(exchange, 'AWS, called to assume the role,');
  if (stop !== undefined) throw new Stopped(stop);
  const read = assumed.safeParse('text' in exchange ? tryParseJson(exchange.text) : undefined);
  if (!read.success) throw new Stopped({ outcome: 'retry', message: 'AWS answered without a key for the role' });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } =
    read.data.AssumeRoleResponse.AssumeRoleResult.Credentials;
  return {
    value: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    seconds: Expiration - now.getTime() / 1_000,
  };
}

/** Temporary errors that AWS reports with status 400, or in the body of a 200. */
const PASSING = /Throttl|ThroughputExceeded|LimitExceeded|Internal|Unavailable|Expired/;

const failed = z.object({ __type: z.string() });

/** The answer to a call with several records, some of which were not accepted. */
const partlyFailed = z
  .object({
    FailedEntryCount: z.number(),
    FailedRecordCount: z.number(),
    FailedPutCount: z.number(),
    Entries: z.array(z.object({ ErrorCode: z.string().optional() })),
    Records: z.array(z.object({ ErrorCode: z.string().optional() })),
    RequestResponses: z.array(z.object({ ErrorCode: z.string().optional() })),
  })
  .partial();

/** Like `judge`, but for AWS, whose body says what the status doesn't. */
export function judgeAws(exchange: Exchange): Stop | undefined {
  if ('error' in exchange) return judge(exchange);
  const json = tryParseJson(exchange.text);
  if (exchange.status === 400) {
    const { data } = failed.safeParse(json);
    return data !== undefined && PASSING.test(data.__type)
      ? toRetry(exchange, `AWS answered ${data.__type.replace(/^.*#/, '')}`)
      : judge(exchange);
  }
  const { data = {} } = partlyFailed.safeParse(json);
  const count = data.FailedEntryCount ?? data.FailedRecordCount ?? data.FailedPutCount ?? 0;
  if (count === 0) return judge(exchange);
  const codes = (data.Entries ?? data.Records ?? data.RequestResponses ?? []).flatMap(
    ({ ErrorCode }) => ErrorCode ?? [],
  );
  const message = `AWS did not accept ${String(count)} of the records: ${[...new Set(codes)].join(', ')}`;
  return codes.every((code) => PASSING.test(code))
    ? toRetry(exchange, message)
    : { outcome: 'refused', message, ...told(exchange) };
}
