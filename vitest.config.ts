import { defineConfig } from 'vitest/config';

/** Whole rollouts under load: what they measure is Weir, and not the machine, only while nothing else runs. */
const ROLLOUTS = ['good', 'bad', 'quiet'].map(name => `test/wire/delivery-${name}.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    reporters: ['default', './test/support/last-line.ts'],
    // Tests wait for conditions; these are for what never comes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ROLLOUTS,
          // On two cores: every wire test file starts a runtime of its own, and waits for much of its time.
          maxWorkers: 4,
          // Else a tenth of the time goes into loading the same modules for each file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'rollouts',
          include: ROLLOUTS,
          maxWorkers: 2,
          // Of the tests of one file: each rollout brings visitors of its own.
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
