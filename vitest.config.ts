import { defineConfig } from 'vitest/config';

const ROLLOUTS = ['good', 'bad', 'quiet'].map(name => `test/wire/delivery-${name}.test.ts`);
const isOfRollouts = process.env['WEIR_ROLLOUTS'] !== undefined;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole rollouts under load: `npm run test:rollouts`, on a machine with nothing else to do.
    exclude: isOfRollouts ? [] : ROLLOUTS,
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
