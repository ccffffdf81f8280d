import { leftOut } from './test/support/requirements.js';

// A zone in which a local time that is taken for UTC shows, since it is half an hour off and the day before.
process.env.TZ = 'America/St_Johns';

const project = {
  testEnvironment: '<rootDir>/test/support/environment.js',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  moduleNameMapper: {
    '^group-transformer$': '<rootDir>/src/index.ts',
    '^group-transformer/deliver$': '<rootDir>/src/deliver/delivery.ts',
    '^group-transformer/kit$': '<rootDir>/src/kit/index.ts',
  },
};

export default {
  projects: [
    // What needs nothing but Node, in `npm test`.
    { ...project, displayName: 'quick', testPathIgnorePatterns: ['/test/system/'] },
    // What starts the built service or other programs, and properties with all their runs, in `npm run test:all` only.
    {
      ...project,
      displayName: 'system',
      testMatch: ['<rootDir>/test/{system,property}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...leftOut().map(({ file }) => `/${file}$`)],
      globalSetup: '<rootDir>/test/support/build.ts',
      globals: { isThorough: true },
    },
  ],
  reporters: ['default', '<rootDir>/test/support/reporter.js'],
  // With --coverage: what the tests miss of the domain and of what destinations are made of.
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/{core,kit}/**/*.ts'],
  coverageReporters: ['text'],
  // A busy machine takes its time; the reporter ends a run in which nothing happens.
  testTimeout: 24 * 60 * 60_000,
  // What a test file loads stays in memory once it is over, so that a worker of many files gets slower and slower.
  workerIdleMemoryLimit: '400MB',
  maxWorkers: '100%',
};
