/** A document's text → JSON, as it is for every document in KV; and what a schema finds in it → problems. */
import type * as z from 'zod/mini';
import { err, ok, type Result } from '../result.ts';
import { jsonPath, type Problem } from './problem.ts';

/** Every isolate parses it with every change; KV itself would take 25 MB. */
export const MAX_DOCUMENT = 256 * 1024;

export function parseDocument(text: string): Result<unknown, Problem[]> {
  if (text.length > MAX_DOCUMENT)
    return err([{ path: '$', message: `longer than ${MAX_DOCUMENT} characters` }]);
  let json: unknown;
  const keys = { hasPrototype: false };
  try {
    json = JSON.parse(text, (key, value: unknown) => {
      // Assigned to an object it would vanish; a document must not hold what has no effect.
      if (key === '__proto__') keys.hasPrototype = true;
      return value;
    });
  } catch (error) {
    return err([
      // A RangeError is JSON that is nested too deep for the parser.
      {
        path: '$',
        message: `${error instanceof RangeError ? 'nested too deep' : 'not JSON'}: ${String(error)}`,
      },
    ]);
  }
  if (keys.hasPrototype)
    return err([{ path: '$', message: '"__proto__" is no key that a document can have' }]);
  return ok(json);
}

/** A bad key is reported by what is wrong with the key, not by there being one. @param root where the value stands */
export function problemOf(issue: z.core.$ZodIssue, root: readonly PropertyKey[] = []): Problem {
  const cause = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  return { path: jsonPath([...root, ...issue.path]), message: cause?.message ?? issue.message };
}
