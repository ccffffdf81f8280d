import _ from 'lodash';
import { z } from 'zod';

import type { Json } from '../../core/json.ts';
import { parseUrl } from '../../core/url.ts';
import type { Converter } from './converter.ts';
import { requireLate } from './late.ts';

const domains = _.once(() => requireLate('tldts') as typeof import('tldts'));

const URL_SUMMARY = 'a web address, with or without its scheme';

/**
 * A web address with its scheme. A bare domain gets https.
 * @example
 * trait.website.as(webUrl) // 'https://www.acme.example/about'
 */
export const webUrl: Converter<string> = {
  name: 'webUrl',
  summary: URL_SUMMARY,
  examples: [
    ['https://www.initech.example/about', 'https://www.initech.example/about'],
    ['initech.example', 'https://initech.example'],
    [' http://initech.example ', 'http://initech.example'],
    ['ftp://initech.example', undefined],
    ['our website', undefined],
    ['localhost', undefined],
    [7, undefined],
  ],
  convert: (value) => read(value)?.url,
};

/**
 * The host of a web address, in lower case, including `www.`.
 * @example
 * trait.website.as(hostname) // 'www.acme.example'
 */
export const hostname: Converter<string> = {
  name: 'hostname',
  summary: URL_SUMMARY,
  examples: [
    ['https://www.Initech.example:8080/about?x#y', 'www.initech.example'],
    ['initech.co.uk', 'initech.co.uk'],
    ['https://192.0.2.1/', undefined],
    ['co.uk', undefined],
    ['none', undefined],
  ],
  convert: (value) => read(value)?.hostname,
};

/**
 * The host of a web address without `www.`, for vendors that identify companies by the domains of their email
 * addresses.
 * @example
 * trait.website.as(bareHostname) // 'acme.example'
 */
export const bareHostname: Converter<string> = {
  name: 'bareHostname',
  summary: URL_SUMMARY,
  examples: [
    ['https://www.Initech.example/about', 'initech.example'],
    ['shop.initech.co.uk', 'shop.initech.co.uk'],
    ['www.co.uk', undefined],
    ['none', undefined],
  ],
  convert: (value) => {
    const host = hostname.convert(value)?.replace(/^www\./, '');
    return host === undefined ? undefined : hostname.convert(host);
  },
};

/**
 * The registered domain of a web address, by the public suffix list.
 * @example
 * trait.website.as(domain) // 'acme.example'
 */
export const domain: Converter<string> = {
  name: 'domain',
  summary: URL_SUMMARY,
  examples: [
    ['https://www.initech.co.uk/about', 'initech.co.uk'],
    ['shop.initech.example', 'initech.example'],
    ['initech@example', undefined],
    ['co.uk', undefined],
  ],
  convert: (value) => read(value)?.domain,
};

interface WebAddress {
  url: string;
  hostname: string;
  domain: string;
}

/** The maximum length of an address; browsers have the same limit. */
const MAX_LENGTH = 2_048;

function read(value: Json): WebAddress | undefined {
  const text = typeof value === 'string' && value.length <= MAX_LENGTH ? value.trim() : '';
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!/^https?:\/\/[^\s@]+$/i.test(url) || parseUrl(url) === undefined) return undefined;
  const { hostname: host, domain: registered, isIp } = domains().parse(url);
  if (host === null || registered === null || isIp === true) return undefined;
  return { url, hostname: host, domain: registered };
}

/**
 * An email address.
 * @example
 * person.email.as(email) // 'kim@acme.example'
 */
export const email: Converter<string> = {
  name: 'email',
  summary: 'an email address',
  examples: [
    ['office@initech.example', 'office@initech.example'],
    [' office@initech.example ', 'office@initech.example'],
    ['Office <office@initech.example>', undefined],
    ['office at initech', undefined],
    [5, undefined],
  ],
  convert: (value) => {
    const text = typeof value === 'string' && value.length <= 320 ? value.trim() : '';
    return z.regexes.email.test(text) ? text : undefined;
  },
};
