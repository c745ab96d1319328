/**
 * The job that flag engines are compared by: two targeting rules, then a quarter of everyone else.
 * Every engine gets the same users, and its answers are checked before any of them is timed.
 */

export interface FlagUser {
  readonly id: string;
  readonly country: string;
  readonly plan: string;
  readonly beta: boolean;
}

/** Answers for the flag and the user of these numbers. */
export type Answer<T> = (flag: number, user: number) => T;

/** An engine with its flags loaded and its users in the shape it wants them in. */
export type Engine = (
  | { readonly kind: 'sync'; readonly isOn: Answer<boolean> }
  | { readonly kind: 'async'; readonly isOn: Answer<Promise<boolean>> }
) & { close?(): void };

export interface Contender {
  readonly name: string;
  /** Evaluations of one measurement: some tens of milliseconds of them. */
  readonly times: number;
  open(keys: readonly string[], users: readonly FlagUser[]): Engine | Promise<Engine>;
}

/** Rule 1: these countries. Rule 2: {@link PLAN} and beta. */
export const COUNTRIES = ['NZ', 'AU', 'FJ'];
export const PLAN = 'enterprise';
/** Percent of those whom no rule claims. */
export const SHARE = 25;

/** Percent of the users whom one of the rules claims. */
export const CLAIMED = 4;

const USERS = 1000;
/** Percentage points: five standard deviations of a thousand draws, and those of a rule on top are exact. */
export const TOLERANCE = 7;

/** What nobody reads. */
export const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

/** One in fifty is claimed by the first rule, and one in fifty by the second; a third knows no beta. */
export function flagUsers(): FlagUser[] {
  return Array.from({ length: USERS }, (_, i) => ({
    id: `user-${i}-${(i * 2_654_435_761) % 2 ** 32}`,
    country: i % 50 === 7 ? COUNTRIES[i % 3]! : ['DE', 'US', 'JP', 'BR'][i % 4]!,
    plan: i % 50 === 8 || i % 5 === 0 ? PLAN : 'free',
    beta: i % 50 === 8 || i % 5 === 1,
  }));
}

export function flagKeys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `checkout-step-${i}`);
}

/** Another flag and another user each time. */
export function pairOf(turn: number, flags: number): readonly [flag: number, user: number] {
  return [turn % flags, (turn + Math.floor(turn / flags)) % USERS];
}

export function isClaimed({ country, plan, beta }: FlagUser): boolean {
  return COUNTRIES.includes(country) || (plan === PLAN && beta);
}

/** @throws if it does not do the job: whom a rule claims is on, and of the others a quarter */
export async function checkEngine(
  name: string,
  engine: Engine,
  flags: number,
  users: readonly FlagUser[],
): Promise<void> {
  // Of many flags the first, one in the middle and the last.
  for (const flag of new Set([0, flags >> 1, flags - 1])) {
    let drawn = 0;
    let others = 0;
    for (const [number, user] of users.entries()) {
      const isOn = await engine.isOn(flag, number);
      if (isClaimed(user)) {
        if (!isOn) throw new Error(`${name}: ${user.id} is off, and a rule claims this user`);
        continue;
      }
      others++;
      if (isOn) drawn++;
    }
    const percent = (drawn / others) * 100;
    if (Math.abs(percent - SHARE) > TOLERANCE) {
      throw new Error(`${name}: on for ${percent.toFixed(1)} % of whom no rule claims, expected ${SHARE} %`);
    }
  }
}
