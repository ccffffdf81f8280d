/**
 * Parses a URL. `URL.canParse` must not be used: once Node.js 20 has optimised a call of it, it refuses every URL with a
 * letter such as `ä`.
 * @returns undefined where the text is not a whole URL
 * @example
 * parseUrl('https://acme.example/about').host // 'acme.example'
 * parseUrl('/about') // undefined
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
