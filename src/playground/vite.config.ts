import path from 'node:path';

import { defineConfig } from 'vite';

/** The folder of the destination that a module is a fixture of. */
const fixtureFolder = /\/fixtures\/([a-z0-9][^/]*)\/[^/]+\.json$/;

export default defineConfig({
  // The service may be served under any path.
  base: './',
  // The service puts a new one in its place in each answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: path.resolve(import.meta.dirname, '../../dist/playground'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    assetsInlineLimit: 0,
    // In kB, before compression: the editor is most of it.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // One file with all the fixtures of a destination, loaded when they are asked for.
        codeSplitting: {
          groups: [
            {
              debugName: 'fixtures',
              test: fixtureFolder,
              name: (id) => `fixtures-${fixtureFolder.exec(id)?.[1] ?? ''}`,
            },
          ],
        },
      },
    },
  },
});
