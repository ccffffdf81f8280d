/**
 * Parses a URL. Don't use `URL.canParse`: once Node.js 20 has optimized a call of it, it rejects every URL with a
 * letter such as `ä`.
 * @returns undefined if the text is not a complete URL
 * @example parseUrl('https://acme.example/about').host // 'acme.example'
 * @example parseUrl('/about') // undefined
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
