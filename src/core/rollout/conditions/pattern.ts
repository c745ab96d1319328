/**
 * `matches`: regular expressions in RE2's syntax. No pattern goes back over the text without bound.
 *
 * A backtracking engine would have to be guarded by an analysis that is either wrong or refuses
 * harmless patterns; what only backtracking can do (backreferences, lookaround) doesn't compile here.
 * The library's automaton is not used either: visitors choose the text, and text made for it has it
 * build a state, and keep it, for every character (docs/decisions/0010-linear-patterns.md).
 */
import { RE2JS } from 're2js';
import { err, ok, type Result } from '../../result.ts';
import { stepsOf } from './pattern-size.ts';

const MAX_PATTERN = 512;
export const MAX_STEPS = 64;
/** A match visits each step at each character at most once: the larger the pattern, the shorter the text. */
const MAX_VISITS = 10_000;
const MAX_TEXT = 512;
/** One visit, the longest that it may take. */
const VISIT_NS = 75;

export interface Pattern {
  /** Whether it is found anywhere in a text no longer than {@link maxText}. */
  readonly isIn: (text: string) => boolean;
  /** A longer text doesn't match: cut short, it could match what the whole does not. */
  readonly maxText: number;
  /** The longest that a look may take. */
  readonly worstNs: number;
}

/** @returns why it can't be used, otherwise */
export function compilePattern(pattern: string, ignoreCase: boolean): Result<Pattern, string> {
  if (pattern.length > MAX_PATTERN) return err(`expected at most ${MAX_PATTERN} characters`);
  // Before it is compiled: a dozen characters can ask for a program of a million steps.
  if (stepsOf(pattern) > 4 * MAX_STEPS) return err(tooLarge('far more than'));
  try {
    const program = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    const steps = program.programSize();
    if (steps > MAX_STEPS) return err(tooLarge(`${steps} steps,`));
    const maxText = Math.min(MAX_TEXT, Math.floor(MAX_VISITS / steps));
    return ok({
      isIn: text => text.length <= maxText && isFound(program, text),
      maxText,
      worstNs: steps * maxText * VISIT_NS,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`no regular expression in RE2's syntax (no lookaround, no backreferences): ${reason}`);
  }
}

function tooLarge(steps: string): string {
  return `too large: ${steps} ${MAX_STEPS} are allowed; repeat less, "+" instead of "{1,50}"`;
}

/** `find`, not `test`, which would use the automaton. A defect of the library must cost the rule, not the page. */
function isFound(program: RE2JS, text: string): boolean {
  try {
    return program.matcher(text).find();
  } catch {
    return false;
  }
}
