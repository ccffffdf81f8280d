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

/** The host of a URL in a parsed config, which may be a secret but for its origin; undefined if there is none. */
export function configuredHost(value: unknown): string | undefined {
  const isSecret = typeof value === 'object' && value !== null && SECRET in value;
  const text = isSecret ? (value as SecretValue).prefix : value;
  return typeof text === 'string' && URL.canParse(text) ? new URL(text).hostname : undefined;
}
