/** Builds the Worker once for the whole run; the tests run what a deployment would. */
import type { TestProject } from 'vitest/node';
import { buildWorker } from '../../scripts/build.ts';

export default function setup(project: TestProject): void {
  project.provide('bundle', buildWorker());
}

declare module 'vitest' {
  interface ProvidedContext {
    bundle: string;
  }
}
