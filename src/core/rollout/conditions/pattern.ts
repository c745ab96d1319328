/**
 * `matches`: regular expressions in RE2's syntax, matched in time linear in the text.
 *
 * A backtracking engine would have to be guarded by an analysis that is either wrong or refuses
 * harmless patterns. Here no pattern backtracks; what only backtracking can do (backreferences,
 * lookaround) doesn't compile (docs/decisions/0010-linear-patterns.md).
 */
import { RE2JS } from 're2js';
import { err, ok, type Result } from '../../result.ts';

const MAX_PATTERN = 512;
/** Time and memory of one match grow with program × text. */
const MAX_PROGRAM = 200;
/** A longer text matches no pattern: cut short, it could match what the whole does not. */
export const MAX_TEXT = 1024;

/** @returns whether the pattern is found anywhere in a text, or why it can't be used */
export function compilePattern(
  pattern: string,
  ignoreCase: boolean,
): Result<(text: string) => boolean, string> {
  if (pattern.length > MAX_PATTERN) return err(`expected at most ${MAX_PATTERN} characters`);
  try {
    const program = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    if (program.programSize() > MAX_PROGRAM)
      return err(`too costly: ${program.programSize()} steps, ${MAX_PROGRAM} are allowed; repeat less`);
    return ok(text => text.length <= MAX_TEXT && isFound(program, text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`no regular expression in RE2's syntax (no lookaround, no backreferences): ${reason}`);
  }
}

/** A defect of the library must cost the rule, not the page. */
function isFound(program: RE2JS, text: string): boolean {
  try {
    return program.test(text);
  } catch {
    return false;
  }
}
