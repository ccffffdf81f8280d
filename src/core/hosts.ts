import ipaddr, { type IPv6 } from 'ipaddr.js';

import { SECRET, type SecretValue } from './definition.ts';
import { parseUrl } from './url.ts';

/** Whether a host matches one of the names, in which `*` stands for one label. */
export function hostMatches(host: string, names: readonly string[]): boolean {
  return names.some((name) => {
    const wanted = name.split('.');
    const labels = host.split('.');
    return wanted.length === labels.length && wanted.every((label, index) => label === '*' || label === labels[index]);
  });
}

/** Whether a text is a URL with one of the protocols, without credentials and without the forbidden characters. */
export function isUrl(text: string, protocols: readonly string[], refused: RegExp): boolean {
  const parsed = refused.test(text) ? undefined : parseUrl(text);
  if (parsed === undefined) return false;
  const { protocol, username, password } = parsed;
  return protocols.includes(protocol) && username === '' && password === '';
}

/** The URL in a parsed config, or undefined if there is none. All but its origin may be secret. */
export function configuredUrl(value: unknown): URL | undefined {
  const isSecret = typeof value === 'object' && value !== null && SECRET in value;
  const text = isSecret ? (value as SecretValue).prefix : value;
  return typeof text === 'string' ? parseUrl(text) : undefined;
}

/** Names that only resolve within a machine or a network. */
const PRIVATE_NAME = /^[^.]+$|\.(?:localhost|local|internal)$/;

/** Whether the host of a URL is a private or link-local address, in any spelling, or a name that leads to one. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$|\.$/g, '');
  return ipaddr.isValid(name) ? !isPublicAddress(name) : PRIVATE_NAME.test(name);
}

/** All public IPv6 addresses. See https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [IPv6, number];

/** Whether a text is a public IP address. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));
}
