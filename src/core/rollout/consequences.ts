/** What putting a document would do to visitors and to a rollout, said before it is put. */
import { err, ok, type Result } from '../result.ts';
import { candidateOf } from './candidate.ts';
import { changesOf } from './changes.ts';
import { compileDocument, type Rollout } from './compile.ts';
import type { Problem } from './problem.ts';
import type { RolloutDocument } from './schema.ts';

/** Secrets are the Worker's; this stands for any of them, as an origin and as a header's value. */
export const anySecret = (): string => 'https://secret.invalid';

/**
 * @param before the document in force; an empty object for none
 * @returns sentences; or what is wrong with the later document
 */
export function consequencesOf(before: unknown, after: unknown, name: string): Result<string[], Problem[]> {
  const compiled = compileDocument(JSON.stringify(after), name, anySecret);
  if (!compiled.ok) return err(compiled.error);
  const previous = compileDocument(JSON.stringify(before), name, anySecret);
  if (!previous.ok) return ok(['There is no document in force: this is the first.']);
  const [from, to] = [before as RolloutDocument, after as RolloutDocument];
  const sentences: string[] = [];
  if (compiled.value.enabled !== previous.value.enabled)
    sentences.push(
      compiled.value.enabled
        ? 'The rollout is enabled: document and weight hold again.'
        : 'The rollout is disabled: everyone goes to stable at once.',
    );
  if (from.variants['stable']?.origin !== to.variants['stable']?.origin)
    sentences.push('The stable origin changes, for everyone on stable, as isolates read the document.');
  for (const candidate of Object.keys(to.variants).filter(variant => variant !== 'stable')) {
    const was = Object.hasOwn(from.variants, candidate) ? from.variants[candidate] : undefined;
    const is = to.variants[candidate]!;
    if (was === undefined) sentences.push(`${candidate} is new: weight 0 until start, or a weight.`);
    else if (candidateOf(was) !== candidateOf(is))
      sentences.push(
        `${candidate} is another candidate (origin, version or headers): weight 0, and a rollout under way goes back to step one.`,
      );
  }
  for (const gone of Object.keys(from.variants).filter(variant => !Object.hasOwn(to.variants, variant)))
    sentences.push(`${gone} is gone: its visitors go to stable.`);
  const why = redrawnBy(previous.value, compiled.value);
  if (why !== null)
    sentences.push(
      `${why}: visitors are drawn anew, except at the weights 0 and 100, and a rollout under way goes back to step one, judged from nothing.`,
    );
  if (changesOf(planOf(from), planOf(to)).length > 0)
    sentences.push(
      'The plan changes: a rollout under way keeps its evidence for a rollback and gathers that for an advance anew; criteria and rates stay those of its start.',
    );
  if (isRestart(previous.value, compiled.value))
    sentences.push('The steps change: a rollout under way goes back to step one.');
  return ok(sentences);
}

function redrawnBy(before: Rollout, after: Rollout): string | null {
  if (before.seed !== after.seed) return 'The salt changes';
  const isSame = JSON.stringify(before.sticky) === JSON.stringify(after.sticky);
  return isSame ? null : 'Visitors are told apart in another way (sticky)';
}

/** Without a plan before, none is under way; without one after, it is paused. */
function isRestart({ plan: before }: Rollout, { plan: after }: Rollout): boolean {
  return before !== null && after !== null && JSON.stringify(before.steps) !== JSON.stringify(after.steps);
}

function planOf(document: object): unknown {
  return 'plan' in document ? document.plan : undefined;
}
