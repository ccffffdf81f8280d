import ipaddr from 'ipaddr.js';
import { SECRET, type SecretValue } from './definition.ts';

/** Whether a host is one of the listed names, in which `*` stands for one label. */
export function hostMatches(host: string, names: readonly string[]): boolean {
  return names.some((name) => {
    const wanted = name.split('.');
    const labels = host.split('.');
    return wanted.length === labels.length && wanted.every((label, index) => label === '*' || label === labels[index]);
  });
}

/** Whether a text is a URL with one of the protocols, without credentials and without the characters refused. */
export function isUrl(text: string, protocols: readonly string[], refused: RegExp): boolean {
  if (!URL.canParse(text) || refused.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocols.includes(protocol) && username === '' && password === '';
}

/** The URL in a parsed config, which may be a secret but for its origin; undefined if there is none. */
export function configuredUrl(value: unknown): URL | undefined {
  const isSecret = typeof value === 'object' && value !== null && SECRET in value;
  const text = isSecret ? (value as SecretValue).prefix : value;
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
}

/** Names that only lead to something within a machine or a network. */
const PRIVATE_NAME = /^[^.]+$|\.(?:localhost|local|internal)$/;

/** Whether the host of a URL is a private or a link-local address, however it is spelt, or a name that leads to one. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$|\.$/g, '');
  if (!ipaddr.isValid(name)) return PRIVATE_NAME.test(name);
  const address = ipaddr.process(name);
  if (address.range() !== 'unicast') return true;
  // An address of IPv4 may also be written as the last part of one of IPv6.
  const bytes = address.toByteArray();
  const isEmbedded = bytes.length > 4 && bytes.slice(0, -4).every((byte) => byte === 0);
  return isEmbedded && ipaddr.fromByteArray(bytes.slice(-4)).range() !== 'unicast';
}
