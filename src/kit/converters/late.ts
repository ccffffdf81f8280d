import { createRequire } from 'node:module';

/** Loads a package with much data once a converter needs it: most events need none. */
export const requireLate = createRequire(import.meta.url);
