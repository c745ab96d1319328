/** `x-weir-flags`: an RFC 9651 dictionary of tokens, `new-checkout=on, theme=blue`, for the origin. */
import type { Evaluator } from './evaluate.ts';
import type { Flag, FlagSet, FlagVariant } from './flag.ts';

/** Servers take 8 KB of headers in all. */
const MAX_HEADER = 4096;

/**
 * @param served told of every flag that is in it
 * @returns undefined if there is nothing to say; flags that leave it to the origin's own default are left out
 */
export function flagsHeader(
  evaluator: Evaluator,
  { forOrigin }: FlagSet,
  served?: (flag: Flag, variant: FlagVariant) => void,
): string | undefined {
  let header = '';
  for (const flag of forOrigin) {
    const { key, variant } = evaluator.of(flag);
    if (variant === null) continue;
    served?.(flag, variant);
    header += header === '' ? `${key}=${variant.name}` : `, ${key}=${variant.name}`;
  }
  return header === '' ? undefined : header;
}

/** @returns the first flags for the origin, as many as always fit together whichever variants they have */
export function fitting(flags: readonly Flag[]): readonly Flag[] {
  let length = 0;
  return flags.filter(({ key, variants, origin }) => {
    if (!origin) return false;
    const longest = Math.max(...variants.map(({ name }) => name.length));
    const added = key.length + 1 + longest + 2;
    if (length + added > MAX_HEADER) return false;
    length += added;
    return true;
  });
}

export function doesNotFit(): string {
  return `x-weir-flags could become longer than ${MAX_HEADER} characters: this flag is not in it`;
}
