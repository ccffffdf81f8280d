import _ from 'lodash';
import { z } from 'zod';

import type { Auth } from '../contract/requests.ts';
import { ConfigError } from '../core/outcome.ts';
import { secret } from './config.ts';
import type { Expr } from './expression.ts';
import type { Mapped } from './literal.ts';

/** The partitions of AWS: the prefix of their regions' names, and the domain of their hosts. */
const partitions: readonly (readonly [region: RegExp, domain: string])[] = [
  [/^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/, 'amazonaws.com'],
  [/^us-gov-[a-z]+-\d+$/, 'amazonaws.com'],
  [/^cn-[a-z]+-\d+$/, 'amazonaws.com.cn'],
  [/^eusc-[a-z]+-[a-z]+-\d+$/, 'amazonaws.eu'],
];

const domainOf = (region: string) => partitions.find(([names]) => names.test(region))?.[1];

/**
 * A config field with an AWS region. Other names are invalid.
 * @example
 * awsRegion('Region of the bus').safeParse('eu-west-1').success // true
 * awsRegion('Region of the bus').safeParse('eu-west').success // false
 */
export function awsRegion(description: string): z.ZodString {
  return z
    .string()
    .refine((region) => domainOf(region) !== undefined, 'must be an AWS region, such as eu-west-1')
    .describe(description);
}

/**
 * The host of an AWS service in a region. Each partition has its own domain.
 * @param service the service's label in its hosts, such as `events`
 * @param region a region that `awsRegion` accepts
 * @example
 * awsHost('events', 'cn-north-1') // 'events.cn-north-1.amazonaws.com.cn'
 */
export const awsHost = (service: string, region: string): string => `${service}.${region}.${String(domainOf(region))}`;

/**
 * All hosts of an AWS service, for `hosts`.
 * @example
 * awsHosts('events') // ['events.*.amazonaws.com', 'events.*.amazonaws.com.cn', 'events.*.amazonaws.eu']
 */
export const awsHosts = (service: string): string[] => _.uniq(partitions.map(([, domain]) => `${service}.*.${domain}`));

/**
 * The config fields of access to an AWS account: a role to assume, or a key.
 * @example
 * z.object(awsAccess).parse({ iamRoleARN: 'arn:aws:iam::111122223333:role/crm' })
 * // { iamRoleARN: 'arn:aws:iam::111122223333:role/crm' }
 */
export const awsAccess = {
  roleBasedAuth: z.boolean().optional().describe('Whether to assume the role; defaults to true if there is a role'),
  iamRoleARN: z.string().optional().describe('ARN of the role to assume'),
  accessKeyID: secret('Access key id').optional(),
  accessKey: secret('Secret access key').optional(),
};

/** How a config grants access to its AWS account: a role to assume, or a key. */
interface AwsAccess {
  region: string;
  /** Whether to use the role; defaults to true if there is one. */
  roleBasedAuth?: boolean | undefined;
  iamRoleARN?: string | undefined;
  accessKeyID?: Expr<string> | undefined;
  accessKey?: Expr<string> | undefined;
}

/**
 * The signature that AWS requires on every request.
 * @param service the service's name in signatures, such as `events`
 * @throws {ConfigError} if the config has neither a complete role nor a complete key
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @example
 * awsSignature('lambda', { region: 'eu-west-1', iamRoleARN: 'arn:aws:iam::111122223333:role/crm' }).type // 'aws-sigv4'
 */
export function awsSignature(service: string, access: AwsAccess): Mapped<Auth> {
  const { region, iamRoleARN, roleBasedAuth = iamRoleARN !== undefined, accessKeyID, accessKey } = access;
  if (roleBasedAuth) {
    if (iamRoleARN === undefined) throw new ConfigError('config.iamRoleARN', 'config.iamRoleARN is missing');
    return { type: 'aws-sigv4', service, region, roleArn: iamRoleARN };
  }
  if (accessKeyID === undefined || accessKey === undefined) {
    throw new ConfigError('config.accessKey', 'config.accessKey or its id is missing, and there is no role');
  }
  return { type: 'aws-sigv4', service, region, accessKeyId: accessKeyID, secretAccessKey: accessKey };
}
