import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    reporters: ['default', './test/support/last-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // On two cores: every wire test file starts a runtime of its own, and waits for much of its time.
    maxWorkers: 4,
    // Of the tests of one file: each rollout brings visitors of its own.
    maxConcurrency: 3,
  },
});
