// Imports go one way: destinations → kit → core ← loader, wire, vendor ← deliver ← http; cli beside http; playground → core. All but
// destinations may import the contract, which imports nothing.

const among = (/** @type {string[]} */ ...parts) => `^(${parts.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'destinations-import-the-kit-only',
      severity: 'error',
      from: { path: '^destinations/([^/]+)/' },
      // Its name resolves to the source, to what is built of it, or to itself before anything is built. Besides the kit, a
      // destination imports only its own files.
      to: {
        pathNot: ['^(src/kit/index\\.ts|dist/src/kit/index\\.d\\.ts|group-transformer/kit)$', '^destinations/$1/'],
      },
    },
    {
      name: 'contract-imports-zod-only',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: '^src/contract/|^node_modules/zod/' },
    },
    {
      name: 'core-imports-no-other-part',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(?!contract/|core/)|^destinations/' },
    },
    {
      name: 'core-needs-the-contract-for-types-only',
      severity: 'error',
      from: { path: among('src/core/', 'src/kit/', 'src/playground/') },
      to: { path: '^src/contract/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-and-kit-do-no-io',
      severity: 'error',
      from: { path: among('src/core/', 'src/kit/') },
      // A digest is neither input nor output, nor is a package that is loaded late.
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|module)$' },
    },
    {
      name: 'kit-imports-core-and-contract-only',
      severity: 'error',
      from: { path: '^src/kit/' },
      to: { path: '^src/(?!contract/|core/|kit/)|^destinations/' },
    },
    {
      name: 'loader-imports-core-and-contract-only',
      severity: 'error',
      from: { path: '^src/loader/' },
      to: { path: '^src/(?!contract/|core/|loader/)|^destinations/' },
    },
    {
      name: 'wire-imports-core-and-contract-only',
      severity: 'error',
      from: { path: '^src/wire/' },
      to: { path: '^src/(?!contract/|core/|wire/)|^destinations/' },
    },
    {
      name: 'playground-imports-core-and-contract-only',
      severity: 'error',
      from: { path: '^src/playground/' },
      to: { path: '^src/(?!contract/|core/|playground/)|^destinations/' },
    },
    {
      name: 'only-the-playground-imports-itself',
      severity: 'error',
      from: { path: '^(src|destinations)/', pathNot: '^src/playground/' },
      to: { path: '^src/playground/' },
    },
    {
      name: 'vendor-imports-core-and-contract-only',
      severity: 'error',
      from: { path: '^src/vendor/' },
      to: { path: '^src/(?!contract/|core/|vendor/)|^destinations/' },
    },
    {
      name: 'deliver-imports-vendor-core-contract-and-hosts-of-aws-only',
      severity: 'error',
      from: { path: '^src/deliver/' },
      to: { path: '^src/(?!contract/|core/|vendor/|deliver/|kit/aws\\.ts)|^destinations/' },
    },
    {
      name: 'calls-go-out-to-vendors-and-upstream-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/vendor/|^src/http/upstream' },
      to: { path: '^node_modules/undici' },
    },
    {
      name: 'express-stays-in-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/' },
      to: { path: '^node_modules/express' },
    },
    {
      name: 'the-command-line-knows-no-http',
      severity: 'error',
      from: { path: '^src/cli/' },
      // The settings are documented by it.
      to: { path: '^src/http/', pathNot: '^src/http/settings' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-development-packages-at-run-time',
      severity: 'error',
      from: {
        path: among(
          'src/contract/',
          'src/core/',
          'src/kit/',
          'src/loader/',
          'src/wire/',
          'src/deliver/',
          'src/http/',
          'destinations/',
        ),
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
