/** Evidence as a bar between "roll back" and "advance", with its numbers in words. */
import type { Evidence } from '../types.ts';
import { count } from './format.ts';
import type { Tone } from './situation.ts';

export interface Side {
  /** How far it is, 0 to 1: on a logarithmic scale, as evidence multiplies. */
  readonly reach: number;
  readonly isDecided: boolean;
  /** False for what decides only as a part of all together. */
  readonly hasLine: boolean;
  readonly words: string;
}

export interface Bar {
  readonly criterion: string;
  readonly title: string;
  /** What is tolerated, e.g. "1.1 × stable + 0.01 %"; empty for all together. */
  readonly margin: string;
  readonly rollback: Side | null;
  readonly advance: Side | null;
  readonly tone: Tone;
  /** What it says, in a few words. */
  readonly says: string;
  /** The judge's own sentences. */
  readonly texts: readonly string[];
}

/** Where no criterion says: the default false rollback rate of 1 %. */
const USUAL_LINE = Math.log(100);
/** Half of the way to the line is worth a look: an e-value of 10 where 100 decides. */
const LEANING = 0.5;

const NAMES: Readonly<Record<string, string>> = {
  all: 'All together',
  errors: 'Errors',
  latency: 'Latency',
  '4xx': '4xx answers',
  '3xx': '3xx answers',
  absence: 'Missing answers',
  mismatch: 'Draws against weights',
};

/** `errors-limit` → `Errors, limit`; `goal:purchase` → `Goal purchase` */
export function criterionName(criterion: string): string {
  if (criterion.endsWith('-limit')) return `${criterionName(criterion.slice(0, -6))}, limit`;
  if (criterion.startsWith('goal:')) return `Goal ${criterion.slice(5)}`;
  return NAMES[criterion] ?? criterion;
}

/** One bar a criterion: all together first, what only holds last, else in the judge's order. */
export function barsOf(evidence: readonly Evidence[]): Bar[] {
  const criteria = [...new Set(evidence.map(({ criterion }) => criterion))];
  const place = (criterion: string): number => (criterion === 'all' ? 0 : criterion === 'mismatch' ? 2 : 1);
  const line = find(evidence, 'all', 'rollback')?.threshold ?? USUAL_LINE;
  return criteria
    .toSorted((a, b) => place(a) - place(b))
    .map(criterion =>
      barOf(criterion, find(evidence, criterion, 'rollback'), find(evidence, criterion, 'advance'), line),
    );
}

/** Whether what can roll the candidate back is half way there; a part of all together is not enough to say so. */
export function isDoubtful(evidence: readonly Evidence[]): boolean {
  return barsOf(evidence).some(
    ({ criterion, rollback }) =>
      criterion !== 'mismatch' && rollback?.hasLine === true && rollback.reach >= LEANING,
  );
}

function find(evidence: readonly Evidence[], criterion: string, direction: Evidence['direction']) {
  return evidence.find(each => each.criterion === criterion && each.direction === direction);
}

function barOf(
  criterion: string,
  against: Evidence | undefined,
  forIt: Evidence | undefined,
  line: number,
): Bar {
  const verb = criterion === 'mismatch' ? 'holds' : 'rolls back';
  const rollback = against === undefined ? null : sideOf(against, against.threshold ?? line, verb);
  const advance = forIt === undefined ? null : sideOf(forIt, forIt.threshold ?? line, 'advances');
  const texts = [against, forIt].flatMap(each => (each === undefined || each.text === '' ? [] : [each.text]));
  return {
    criterion,
    title: criterionName(criterion),
    margin: criterion === 'all' ? '' : ((against ?? forIt)?.margin ?? ''),
    rollback,
    advance,
    ...leaning(rollback, advance, verb),
    texts: [...new Set(texts)],
  };
}

function sideOf({ logE, threshold, isDecided }: Evidence, line: number, verb: string): Side {
  const reach = isDecided ? 1 : Math.min(1, Math.max(0, logE / line));
  const now = `e-value ${eValue(logE)}`;
  return {
    reach: Number.isFinite(reach) ? reach : 0,
    isDecided,
    hasLine: threshold !== null,
    words: threshold === null ? `${now}, a part of all together` : `${now}, ${verb} at ${eValue(line)}`,
  };
}

function leaning(rollback: Side | null, advance: Side | null, verb: string): Pick<Bar, 'tone' | 'says'> {
  if (rollback?.isDecided === true) return { tone: verb === 'holds' ? 'attention' : 'bad', says: verb };
  if ((rollback?.reach ?? 0) >= LEANING) return { tone: 'attention', says: 'speaks against it' };
  if (advance?.isDecided === true) return { tone: 'good', says: 'good enough to advance' };
  if (advance !== null) return { tone: 'quiet', says: 'not enough evidence yet' };
  return { tone: 'good', says: 'nothing against it' };
}

/** `0.31`, `4.2`, `100`, `over 1 million`: how many times likelier than if all were well. */
export function eValue(logE: number): string {
  if (logE > Math.log(1e6)) return 'over 1 million';
  const value = Math.exp(logE);
  if (value < 0.01) return '<0.01';
  return value < 0.995 ? value.toFixed(2) : value < 9.95 ? value.toFixed(1).replace('.0', '') : count(value);
}
