/** What the proxy is loaded with beside its rollout: flags that it tells the origin of with every request. */
import { SHARE } from './job.ts';

export const ORIGIN_FLAGS = 20;

/** @returns the text of a document for KV: two rules each, that hold for no benchmark visitor, then a draw */
export function flagsForOrigin(): string {
  const flag = {
    type: 'boolean',
    variants: { on: true, off: false },
    off: 'off',
    origin: true,
    rules: [
      { name: 'far away', if: { country: ['NZ', 'AU', 'FJ'] }, serve: 'on' },
      { name: 'staff', if: { 'header.x-team': 'web' }, serve: 'on' },
      { name: 'some', weights: { on: SHARE } },
    ],
  };
  const entries = Array.from({ length: ORIGIN_FLAGS }, (_, i) => [`checkout-step-${i}`, flag] as const);
  return JSON.stringify(Object.fromEntries(entries));
}
