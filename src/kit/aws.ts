import type { Auth } from '../contract/requests.ts';
import { ConfigError } from '../core/outcome.ts';
import type { Expr } from './expression.ts';
import type { Mapped } from './literal.ts';

/** How a config lets its account of AWS be used: by a role to assume, or by a key. */
interface AwsAccess {
  region: string;
  /** Whether the role is to be used; absent, it is if there is one. */
  roleBasedAuth?: boolean | undefined;
  iamRoleARN?: string | undefined;
  accessKeyId?: Expr<string> | undefined;
  accessKey?: Expr<string> | undefined;
}

/**
 * The signature that AWS wants on every request.
 * @param service the name that the signature is for, such as `events`
 * @throws {ConfigError} when the config has neither what a role nor what a key needs
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @example
 * awsSignature('lambda', { region: 'eu-west-1', iamRoleARN: 'arn:aws:iam::111122223333:role/crm' }).type // 'aws-sigv4'
 */
export function awsSignature(service: string, access: AwsAccess): Mapped<Auth> {
  const { region, iamRoleARN, roleBasedAuth = iamRoleARN !== undefined, accessKeyId, accessKey } = access;
  if (roleBasedAuth) {
    if (iamRoleARN === undefined) throw new ConfigError('config.iamRoleARN', 'config.iamRoleARN is missing');
    return { type: 'aws-sigv4', service, region, roleArn: iamRoleARN };
  }
  if (accessKeyId === undefined || accessKey === undefined) {
    throw new ConfigError('config.accessKey', 'config.accessKey and its id are missing, and there is no role');
  }
  return { type: 'aws-sigv4', service, region, accessKeyId, secretAccessKey: accessKey };
}
