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
  },
});
