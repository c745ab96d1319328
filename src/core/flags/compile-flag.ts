/** One flag's JSON → what is evaluated, with everything that is wrong with it. */
import { Compilation } from '../rollout/conditions/compilation.ts';
import { problemOf } from '../rollout/document-text.ts';
import { murmur3 } from '../rollout/hash.ts';
import { jsonPath, quote, type Problem } from '../rollout/problem.ts';
import { compileFlagRules } from './compile-rules.ts';
import { DRAW_NS } from './flag-facts.ts';
import type { Flag, FlagVariant, Following, SharedRange } from './flag.ts';
import { cutOf } from './layout.ts';
import { HEADER_KEY, TARGETING_KEY } from './names.ts';
import { flagSchema, type FlagWire } from './schema.ts';
import type { SharedSegments } from './shared-segments.ts';
import { compileVariants, noSuchVariant, restOf } from './values.ts';

/** A flag while its document is compiled. */
export interface FlagDraft {
  readonly key: string;
  readonly index: number;
  readonly isClient: boolean;
  readonly problems: Problem[];
  /** Undefined: it is broken, and the problems say why. */
  flag: Flag | undefined;
  /** Flags that it can't be evaluated without. */
  readonly asks: ReadonlySet<string>;
  /** The longest that one evaluation may take, without the flags it asks for. */
  readonly worstNs: number;
}

export const MAX_PROBLEMS = 20;

export function compileFlag(key: string, index: number, json: unknown, segments: SharedSegments): FlagDraft {
  const compilation = new Compilation([]);
  compilation.scope = 'flag';
  compilation.segment = segments.finderFor(compilation);
  const { problems } = compilation;
  const known = { key, index, isClient: isForClients(json), problems, asks: compilation.flags };
  const { wire, unknown } = parse(key, json, problems);
  if (wire === undefined) return { ...known, flag: undefined, worstNs: 0 };
  const flag = build(key, index, wire, compilation);
  for (const flag of Object.keys(wire.prerequisites)) compilation.flags.add(flag);
  const isWhole = problems.length === 0;
  // The flag goes on all the same.
  problems.push(...unknown, ...uncountable(key, wire));
  return { ...known, flag: isWhole ? flag : undefined, worstNs: compilation.worstNs };
}

function isForClients(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'client' in json && json.client === true;
}

/**
 * A key that this version doesn't know is told, and the flag goes on without it: a newer document must
 * not switch flags off. Only on the flag itself: a rule without its misspelt "if" would hold for everyone.
 */
function parse(
  key: string,
  json: unknown,
  problems: Problem[],
): { readonly wire: FlagWire | undefined; readonly unknown: readonly Problem[] } {
  const unknown: Problem[] = [];
  let known = json;
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const entries = Object.entries(json);
    const isKnown = ([name]: [string, unknown]) => Object.hasOwn(flagSchema.shape, name);
    known = Object.fromEntries(entries.filter(isKnown));
    for (const [name] of entries.filter(entry => !isKnown(entry)).slice(0, MAX_PROBLEMS))
      unknown.push({
        path: jsonPath([key, name]),
        message: `no such key; expected one of: ${Object.keys(flagSchema.shape).join(', ')}`,
      });
  }
  const parsed = flagSchema.safeParse(known);
  if (parsed.success) return { wire: parsed.data, unknown };
  problems.push(...parsed.error.issues.slice(0, MAX_PROBLEMS).map(issue => problemOf(issue, [key])));
  return { wire: undefined, unknown };
}

function build(key: string, index: number, wire: FlagWire, compilation: Compilation): Flag {
  const { problems } = compilation;
  const report = (path: readonly PropertyKey[], message: string): void => {
    problems.push({ path: jsonPath([key, ...path]), message });
  };
  const variants = compileVariants(wire, report);
  const named = (name: string | undefined, at: string): FlagVariant | null => {
    if (name === undefined) return null;
    const variant = variants.find(variant => variant.name === name);
    if (variant === undefined) report([at], noSuchVariant(name, variants));
    return variant ?? null;
  };
  const off = named(wire.off, 'off');
  const following = wire.follows === undefined ? null : followed(wire, wire.follows, variants, report);
  const fallback = following?.off ?? named(wire.default, 'default') ?? off;
  const hasGates =
    wire.holdout !== undefined ||
    wire.group !== undefined ||
    following !== null ||
    Object.keys(wire.prerequisites).length > 0;
  const rest = restOf(wire).flatMap(name => variants.find(variant => variant.name === name) ?? []);
  if (wire.holdout !== undefined) compilation.spend(DRAW_NS);
  if (wire.group !== undefined) compilation.spend(DRAW_NS);
  const rules = compileFlagRules(key, wire, { variants, rest, hasGates }, compilation);
  if (wire.origin && !HEADER_KEY.test(key))
    report(['origin'], 'a flag for the origin has a key in lower case that begins with a letter (RFC 9651)');
  return {
    kind: 'flag',
    key,
    index,
    type: wire.type,
    variants,
    enabled: wire.enabled,
    off,
    fallback,
    rules,
    by: wire.by,
    prerequisites: Object.entries(wire.prerequisites).map(([flag, of]) => ({
      flag,
      variants: new Set(typeof of === 'string' ? [of] : of),
    })),
    holdout:
      wire.holdout === undefined
        ? null
        : sharedRange('holdout', wire.holdout.name, [0, wire.holdout.percent]),
    group: wire.group === undefined ? null : sharedRange('group', wire.group.name, wire.group.slot),
    follows: following,
    isStatic: !hasGates && (rules.length === 0 || rules[0]!.isStatic),
    client: wire.client,
    origin: wire.origin,
    experiment: wire.experiment,
    metadata: wire.metadata,
  };
}

/** Experiments that would count nobody, ever, or compare with nothing. */
function uncountable(key: string, { experiment, by, follows, off, default: fallback }: FlagWire): Problem[] {
  if (!experiment) return [];
  const path = jsonPath([key, 'experiment']);
  const faults = [
    by !== TARGETING_KEY &&
      `an experiment counts visitors: expected "by" to be "${TARGETING_KEY}", got ${quote(by)}`,
    follows !== undefined && 'a flag that follows a rollout is compared by the rollout itself',
    (fallback ?? off) === undefined &&
      'expected a "default" or "off" that the other variants are compared with',
  ];
  return faults.filter(fault => fault !== false).map(message => ({ path, message }));
}

/** Salted with kind and name alone, so that all flags that name it mean the same units. */
function sharedRange(kind: string, name: string, [from, to]: readonly [number, number]): SharedRange {
  const cut = (percent: number) => cutOf(Math.round(percent * 1000));
  return { name, seed: murmur3(`${kind}:${name}`), from: cut(from), to: cut(to) };
}

/** On for exactly the visitors of one variant: nothing else may have a say. */
function followed(
  wire: FlagWire,
  variant: string,
  variants: readonly FlagVariant[],
  report: (path: readonly PropertyKey[], message: string) => void,
): Following | null {
  const [on, ...otherOn] = variants.filter(({ value }) => value === true);
  const [off, ...otherOff] = variants.filter(({ value }) => value === false);
  const others = [
    ...(wire.rules.length > 0 ? ['rules'] : []),
    ...(wire.group === undefined ? [] : ['group']),
    ...(wire.holdout === undefined ? [] : ['holdout']),
  ];
  for (const other of others) report([other], 'a flag that follows a rollout is on for exactly its visitors');
  if (
    wire.type !== 'boolean' ||
    on === undefined ||
    off === undefined ||
    otherOn.length + otherOff.length > 0
  )
    report(['follows'], 'expected a boolean flag with one variant that is true and one that is false');
  return on === undefined || off === undefined ? null : { variant, on, off, rule: `follows ${variant}` };
}
