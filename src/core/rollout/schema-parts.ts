/** Values that several parts of a document's schema share. */
import * as z from 'zod/mini';
import { DURATION_PATTERN, parseDuration } from './duration.ts';

export const VARIANT_NAME = /^[a-z][a-z0-9-]{0,31}$/;
export const SECRET = /^\$secret:[A-Z][A-Z0-9_]{0,63}$/;

export function duration(min: string, max: string) {
  return z.string().check(
    z.regex(DURATION_PATTERN, 'expected a duration like "30s": an integer and ms, s, m, h or d'),
    z.refine(
      text =>
        !DURATION_PATTERN.test(text) ||
        isBetween(parseDuration(text), parseDuration(min), parseDuration(max)),
      `expected a duration between ${min} and ${max}`,
    ),
  );
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

/** Percent with at most three decimals, like a weight. */
export function percent() {
  return z.number().check(
    z.minimum(0),
    z.maximum(100),
    z.refine(value => Math.round(value * 1000) / 1000 === value, 'expected at most three decimals'),
  );
}

export const variantName = z
  .string()
  .check(z.regex(VARIANT_NAME, 'expected a lower-case name like "canary-b"'));
