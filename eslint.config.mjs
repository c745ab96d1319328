import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Imports go one way: core ← edge, objects ← http ← index. */
const noImportsFrom = (...rooms) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: rooms.map(room => ({
        group: [`**/${room}/**`, `**/${room}`],
        message: `imports go one way (docs/architecture.md): this room does not know ${room}`,
      })),
    },
  ],
});

export default defineConfig(
  { ignores: ['dist/', 'build/', '.wrangler/', 'node_modules/', 'bench/workers/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.json',
          './src/tsconfig.json',
          './src/core/tsconfig.json',
          './dashboard/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Indexing an array whose length is known is clearer than a branch that can't happen.
      '@typescript-eslint/no-non-null-assertion': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['dashboard/**/*.ts', 'dashboard/**/*.tsx'],
    rules: {
      ...noImportsFrom('src/edge', 'src/objects', 'src/http', 'cli', 'demo', 'scripts'),
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/src/**'],
              allowTypeImports: true,
              message: 'the page takes types from the Worker, no code',
            },
          ],
        },
      ],
    },
  },
  { files: ['src/core/**/*.ts'], rules: noImportsFrom('edge', 'objects', 'http', 'cli', 'demo', 'scripts') },
  { files: ['src/edge/**/*.ts'], rules: noImportsFrom('objects', 'http', 'cli', 'demo', 'scripts') },
  { files: ['src/objects/**/*.ts'], rules: noImportsFrom('edge', 'http', 'cli', 'demo', 'scripts') },
  { files: ['src/http/**/*.ts'], rules: noImportsFrom('objects', 'cli', 'demo', 'scripts') },
);
