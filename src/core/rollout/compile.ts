/**
 * Wire → domain, once per config change: what the hot path reads has no optionals, no strings to
 * parse and no secrets to look up.
 */
import { err, ok, type Result } from '../result.ts';
import { compilePlan } from '../delivery/compile-plan.ts';
import type { Plan } from '../delivery/plan.ts';
import { candidateOf } from './candidate.ts';
import { parseDocument, problemOf } from './document-text.ts';
import { parseDuration } from './duration.ts';
import { murmur3 } from './hash.ts';
import { jsonPath, type Problem } from './problem.ts';
import { compileProxy, faultsOf, type Fault, type ProxyOptions } from './proxy-options.ts';
import { Compilation } from './conditions/compilation.ts';
import { compileSegments } from './conditions/segments.ts';
import { compileGoals, type Goal } from './goals.ts';
import { compileRules, type Rule } from './rules.ts';
import type { Secrets } from './secrets.ts';
import { isHeaderValue, isOrigin, rolloutDocument, STABLE, type RolloutDocument } from './schema.ts';

export interface Variant {
  readonly name: string;
  /** Position in {@link Rollout.variants}; stable is 0. */
  readonly index: number;
  /** `https://stable.example.com`, without a trailing slash: a path is appended to it. */
  readonly origin: string;
  /** `stable.example.com`, lower case, without a default port: as a parsed URL has it. */
  readonly originHost: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Response header that tells the version, lower case; empty if there is none. */
  readonly versionHeader: string;
  /** Hash of what makes it this candidate, see {@link candidateOf}. */
  readonly candidate: string;
  /** Low 11 bits of the name's hash: how a cookie remembers the last variant. */
  readonly mark: number;
  /** Rehearsed failures, each drawn by itself for each request. */
  readonly faults: readonly Fault[];
}

/** What is hashed, and what is done without it. */
export interface Sticky {
  readonly by: 'cookie' | 'header' | 'ip';
  /** Lower case; empty unless it is by header. */
  readonly header: string;
  readonly fallback: 'random' | 'ip' | 'stable';
}

export interface Rollout {
  readonly name: string;
  readonly enabled: boolean;
  /** Stable first, then the candidates in the document's order. */
  readonly variants: readonly [stable: Variant, ...candidates: Variant[]];
  /** Seed of the buckets, from the salt. */
  readonly seed: number;
  readonly sticky: Sticky;
  /** The first whose condition holds decides. */
  readonly rules: readonly Rule[];
  readonly goals: readonly Goal[];
  readonly cookie: {
    readonly name: string;
    readonly maxAgeDays: number;
    readonly sameSite: 'Lax' | 'Strict' | 'None';
  };
  readonly proxy: ProxyOptions;
  /** How its weight moves by itself; null if it doesn't. */
  readonly plan: Plan | null;
}

/** @returns the rollout, or every problem of the document with its JSON path. */
export function compileDocument(text: string, name: string, secrets: Secrets): Result<Rollout, Problem[]> {
  const json = parseDocument(text);
  if (!json.ok) return json;
  const parsed = rolloutDocument.safeParse(json.value);
  if (!parsed.success) {
    return err(parsed.error.issues.map(issue => problemOf(issue)));
  }
  try {
    return build(parsed.data, name, secrets);
  } catch (error) {
    // A defect of ours must not cost more than this document.
    return err([
      { path: '$', message: `cannot be compiled: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
}

function build(document: RolloutDocument, name: string, secrets: Secrets): Result<Rollout, Problem[]> {
  const problems: Problem[] = [];
  /** @param expected what the revealed value must be; the message names the reference, never the value */
  const reveal = (
    value: string,
    path: readonly PropertyKey[],
    isValid: (secret: string) => boolean,
    expected: string,
  ): string => {
    if (!value.startsWith('$secret:')) return value;
    const secret = secrets(value.slice('$secret:'.length))?.trim() ?? '';
    if (secret === '') problems.push({ path: jsonPath(path), message: `no secret of that name: ${value}` });
    else if (!isValid(secret))
      problems.push({ path: jsonPath(path), message: `${value} doesn't hold ${expected}` });
    return secret;
  };
  const names = [STABLE, ...Object.keys(document.variants).filter(variant => variant !== STABLE)];
  const variants = names.map((variant, index): Variant => {
    const wire = document.variants[variant] as RolloutDocument['variants'][string];
    const origin = reveal(
      wire.origin,
      ['variants', variant, 'origin'],
      isOrigin,
      'an origin like "https://stable.example.com"',
    );
    const headers = Object.entries(wire.headers ?? {}).map(([header, value]) => {
      const path = ['variants', variant, 'headers', header];
      return [header.toLowerCase(), reveal(value, path, isHeaderValue, 'a header value')] as const;
    });
    const base = origin.toLowerCase().replace(/\/$/, '');
    return {
      name: variant,
      index,
      origin: base,
      originHost: hostOf(base),
      headers,
      versionHeader: wire.versionHeader?.toLowerCase() ?? '',
      candidate: candidateOf(wire),
      mark: murmur3(variant) & 0x7ff,
      faults: faultsOf(document, variant),
    };
  });
  if (new Set(variants.map(variant => variant.mark)).size < variants.length) {
    problems.push({
      path: '$.variants',
      message: 'two of these names look the same in the cookie: rename one',
    });
  }
  const proxy = compileProxy(document, variants, problems);
  const version = document.variants[names[1] ?? STABLE]?.version ?? '';
  const salt = document.salt ?? `${name}@${version}`;
  const compilation = new Compilation(problems);
  compileSegments(document.segments, compilation);
  const rules = compileRules(document, variants, salt, compilation);
  const goals = compileGoals(document, compilation);
  const sticky = stickyOf(document);
  const plan =
    document.plan === undefined
      ? null
      : compilePlan(
          document.plan,
          { candidates: names.slice(1), goals: goals.map(goal => goal.name), stickyBy: sticky.by, reveal },
          problems,
        );
  if (problems.length > 0) return err(problems);
  return ok({
    name,
    enabled: document.enabled,
    variants: variants as [Variant, ...Variant[]],
    seed: murmur3(salt),
    sticky,
    rules,
    goals,
    cookie: {
      name: document.sticky.cookie.name,
      maxAgeDays: Math.floor(parseDuration(document.sticky.cookie.maxAge) / 86_400_000),
      sameSite: document.sticky.cookie.sameSite,
    },
    proxy,
    plan,
  });
}

function stickyOf({ sticky: { by, fallback } }: RolloutDocument): Sticky {
  const header = by.startsWith('header:') ? by.slice('header:'.length).toLowerCase() : '';
  return { by: header === '' ? (by as 'cookie' | 'ip') : 'header', header, fallback };
}

function hostOf(origin: string): string {
  const host = origin.slice(origin.indexOf('//') + 2);
  const defaultPort = origin.startsWith('https:') ? ':443' : ':80';
  return host.endsWith(defaultPort) ? host.slice(0, -defaultPort.length) : host;
}
