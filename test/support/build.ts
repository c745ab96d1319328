/** Builds the Worker once for the whole run; the tests run what a deployment would. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildWorker } from '../../scripts/build.ts';

export default function setup(project: TestProject): () => void {
  // A copy: the tests of `npm start` build again while others run.
  const directory = mkdtempSync(join(tmpdir(), 'weir-bundle-'));
  const bundle = join(directory, 'index.js');
  copyFileSync(buildWorker(), bundle);
  project.provide('bundle', bundle);
  return () => rmSync(directory, { recursive: true });
}

declare module 'vitest' {
  interface ProvidedContext {
    bundle: string;
  }
}
