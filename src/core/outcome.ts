import type { DropCode, FailCode, WarningCode } from './codes.ts';
import type { Json } from './json.ts';

/** The body of a request: JSON (a list included) or form fields, before encoding. Absent means no body. */
export type Body = { json: Json } | { form: Record<string, FormValue> };

export type FormValue = string | number | boolean | (string | number | boolean)[];

/**
 * What whoever delivers a request has to do to it for the vendor to accept it, since it takes the time of sending, a
 * nonce or a token.
 */
export type Auth =
  | {
      /** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
      type: 'aws-sigv4';
      service: string;
      region: string;
      /** The key to sign with, or the role to assume for one. */
      accessKeyId?: string;
      secretAccessKey?: string;
      roleArn?: string;
    }
  | {
      /** @see https://cloud.google.com/run/docs/authenticating/service-to-service */
      type: 'google-id-token';
      audience: string;
      /** The JSON text of a service account's key. */
      credentials: string;
    }
  | {
      /** The header `X-WSSE`. */
      type: 'wsse';
      user: string;
      secret: string;
    };

/** One HTTP request that the caller is to send to a vendor. */
export interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  query: Record<string, string | number | boolean>;
  body?: Body;
  auth?: Auth;
}

/** Something that a mapper tried to use and could not. `path` names the place in the event. */
export interface Warning {
  code: WarningCode;
  path: string;
  message: string;
}

/** The event goes out: the requests are sent in order, and sending stops at the first that fails. */
export interface Send {
  outcome: 'send';
  requests: Request[];
}

/** Nothing is to be sent, and that is as it should be. */
export interface Drop {
  outcome: 'drop';
  code: DropCode;
  message: string;
}

/** Nothing can be sent; `path` names the field of the event or of the config that stands in the way. */
export interface Fail {
  outcome: 'fail';
  code: FailCode;
  path?: string;
  message: string;
  /** What the vendor said to a call that had to come first, where that is the reason. */
  vendor?: { status: number; retryAfter?: number };
  /** The calls that had changed something at the vendor by then. */
  written?: readonly Written[];
}

/** A call that has changed something at a vendor. */
export interface Written {
  step: string;
  method: string;
  url: string;
}

export function drop(code: DropCode, message: string): Drop {
  return { outcome: 'drop', code, message };
}

export function fail(code: FailCode, message: string, path?: string): Fail {
  return path === undefined ? { outcome: 'fail', code, message } : { outcome: 'fail', code, path, message };
}

/** Thrown while one event is mapped: the pair's outcome is this failure. */
export class MappingFailure extends Error {
  readonly outcome: Fail;

  constructor(code: FailCode, message: string, path?: string, vendor?: Fail['vendor']) {
    // Nobody looks where it was thrown, and to find out takes longer than to map an event.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.outcome = vendor === undefined ? fail(code, message, path) : { ...fail(code, message, path), vendor };
  }
}

/** Thrown while a config is bound: the config cannot be used. `path` starts with `config`. */
export class ConfigError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
