/** A rollout's flags as API, command line and page show them. Plain data. */
import type { KeptFlags, LastFlagChange } from '../rollout/control.ts';
import { jsonPath, type Problem } from '../rollout/problem.ts';
import { compileFlags } from './compile.ts';
import { documentOf } from './change.ts';
import { isSwitchedOff } from './edit.ts';
import type { Flag } from './flag.ts';
import { shareOf, type Share } from './share.ts';

export interface FlagView {
  readonly key: string;
  /** `broken`: it answers PARSE_ERROR, and `problems` say why. */
  readonly state: 'on' | 'off' | 'broken';
  /** Null where it is broken. */
  readonly type: Flag['type'] | null;
  readonly variants: readonly string[];
  /** Now; null where a share of the flag would mean nothing. */
  readonly share: Share | null;
  /** How many rules come before the one that the share is of, or are all that there is. */
  readonly rules: number;
  /** Variant of the rollout that it follows. */
  readonly follows: string | null;
  readonly client: boolean;
  readonly origin: boolean;
  readonly experiment: boolean;
  readonly problems: readonly Problem[];
  /** Null where nobody knows: it was there before the controller was. */
  readonly lastChange: (Omit<LastFlagChange, 'at'> & { readonly at: string }) | null;
}

/** What is so of one flag that was just changed. */
export interface FlagNow {
  readonly state: 'on' | 'off';
  readonly share: Share | null;
}

export interface FlagsView {
  readonly name: string;
  /** For If-Match. */
  readonly revision: number;
  /** Of the document as isolates know it: `weir.generation` of their answers; empty where there is none. */
  readonly generation: string;
  /** Who put the document last; null where there is none. */
  readonly put: { readonly by: string; readonly at: string; readonly written: boolean } | null;
  readonly flags: readonly FlagView[];
  /** Of the document as a whole, or of one in KV that is not in force. */
  readonly problems: readonly Problem[];
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * @param refused what is wrong with a document in KV that is not in force
 * @param now milliseconds since 1970, for shares that a schedule moves
 */
export function flagsView(
  name: string,
  { revision, kept, changes }: KeptFlags,
  refused: readonly Problem[],
  now: number,
): FlagsView {
  const document = documentOf(kept?.text ?? null);
  const compiled = compileFlags(kept?.text ?? '{}');
  const found = compiled.ok ? compiled.value.problems : compiled.error;
  const foundIn = Map.groupBy(found, ({ path }) => rootOf(path));
  const compiledFlags = compiled.ok ? compiled.value.set.flags : [];
  const flags = compiledFlags.map((flag): FlagView => {
    const { key } = flag;
    const entry = document[key] as Readonly<Record<string, unknown>>;
    const isBroken = flag.kind === 'broken';
    const change = Object.hasOwn(changes, key) ? changes[key] : undefined;
    const share = isBroken ? undefined : shareOf(entry, now);
    return {
      key,
      state: isBroken ? 'broken' : isSwitchedOff(entry) ? 'off' : 'on',
      type: isBroken ? null : flag.type,
      variants: isBroken ? [] : flag.variants.map(variant => variant.name),
      share: share ?? null,
      rules: isBroken ? 0 : flag.rules.length - (share === undefined ? 0 : 1),
      follows: isBroken ? null : (flag.follows?.variant ?? null),
      client: flag.client,
      origin: !isBroken && flag.origin,
      experiment: !isBroken && flag.experiment,
      problems: foundIn.get(jsonPath([key])) ?? [],
      lastChange: change === undefined ? null : { ...change, at: new Date(change.at).toISOString() },
    };
  });
  const roots = new Set(flags.map(({ key }) => jsonPath([key])));
  return {
    name,
    revision,
    generation: kept !== null && compiled.ok ? compiled.value.set.generation : '',
    put: kept && { by: kept.by, at: new Date(kept.at).toISOString(), written: kept.written },
    flags,
    problems: [...refused, ...found.filter(({ path }) => !roots.has(rootOf(path)))],
    document,
  };
}

/**
 * @param text of a document that was accepted @param now milliseconds since 1970
 * @returns null if there is no such flag
 */
export function flagNow(text: string, key: string, now: number): FlagNow | null {
  const document = documentOf(text);
  if (key.startsWith('$') || !Object.hasOwn(document, key)) return null;
  return { state: isSwitchedOff(document[key]) ? 'off' : 'on', share: shareOf(document[key], now) ?? null };
}

/** Where in the document a JSON path begins: `$.flag` of `$.flag.rules[0]`, `$["a.b"]` of `$["a.b"].off`. */
function rootOf(path: string): string {
  return /^\$(?:\.[\w$]+|\["(?:[^"\\]|\\.)*"\])/.exec(path)?.[0] ?? path;
}
