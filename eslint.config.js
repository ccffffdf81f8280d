import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import jest from 'eslint-plugin-jest';
import importSort from 'eslint-plugin-simple-import-sort';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist', 'coverage', 'examples', 'src/configs.ts'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-sort': importSort },
    rules: {
      'import-sort/imports': 'error',
      'import-sort/exports': 'error',
      // Its advice, `!`, is what no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Literals cannot be matched against an interface, and a list isn't one.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-object-type': ['error', { allowWithName: '^Nothing$' }],
      'no-restricted-properties': ['error', { object: 'URL', property: 'canParse', message: 'Call parseUrl.' }],
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['destinations/**'],
    rules: {
      // What the compiler lets through where an expression is taken for its value; see src/kit/literal.ts.
      '@typescript-eslint/no-unnecessary-condition': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/restrict-plus-operands': 'error',
    },
  },
  // The vendors that take no groups have a line each.
  { files: ['destinations/**'], ignores: ['destinations/rejecting/**'], rules: { 'max-lines': ['error', 150] } },
  { files: ['test/**'], ...jest.configs['flat/recommended'] },
  {
    files: ['test/**'],
    rules: {
      'jest/no-disabled-tests': 'error',
      'jest/no-focused-tests': 'error',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', '**.expect'] }],
    },
  },
  {
    files: ['test/types/**'],
    // There, what the compiler refuses is the test.
    rules: { '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': false }] },
  },
);
