import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  // Models are a language of their own, which reads like the kernel's C.
  globalIgnores([
    'dist/',
    '.cache/',
    'samples/',
    'test/fixtures/',
    'test/e2e/.run/',
    'test/e2e/.browser/',
    '**/node_modules/',
    '**/*.model.ts',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs,cjs,ts}'],
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A closed union handled in a `switch` must stay handled when it grows; a promise must be awaited or meant.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        { ignoreVoid: true, allowForKnownSafeCalls: ['test', 'it', 'describe'].map(fromNodeTest) },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      // Off: with noUncheckedIndexedAccess, `array[i]!` after a bounds check is the only short form.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Off: an empty function is a fine default for a callback.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // The size at which a file is split.
    files: ['src/**/*.ts'],
    rules: { 'max-lines': ['error', 500] },
  },
);

/** node:test gives a promise that nobody needs to await at the top of a test file. */
function fromNodeTest(name) {
  return { from: 'package', package: 'node:test', name };
}
