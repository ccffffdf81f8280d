import { HIDDEN } from './redact.ts';

/**
 * What stands in the place of a secret where a destination is bound to be explained. One that is a URL keeps its origin,
 * since requests go nowhere without, and one that begins as its field says keeps that, since it decides what is sent.
 */
export function hiddenText(secret: string, prefix: string | undefined): string {
  if (/^https?:/i.test(secret) && URL.canParse(secret)) return `${new URL(secret).origin}/${HIDDEN}`;
  return secret.slice(0, prefix?.length ?? 0) + HIDDEN;
}
