/** The document's `proxy`: time limits, what keeps a bad candidate from visitors, copies, rehearsed faults. */
import type { Variant } from './compile.ts';
import { parseDuration } from './duration.ts';
import { jsonPath, quote, type Problem } from './problem.ts';
import type { RolloutDocument } from './schema.ts';

/** A rehearsed failure of a share of one variant's requests. */
export type Fault =
  | { readonly kind: 'delay'; readonly percent: number; readonly ms: number }
  | { readonly kind: 'status'; readonly percent: number; readonly status: number };

/** How visitors are kept from noticing a bad candidate, and how it is tried on copies. */
export interface ProxyOptions {
  readonly timeoutMs: number;
  readonly bodyTimeoutMs: number | null;
  /** After so long without response headers a candidate has failed a bodyless GET or HEAD; null: no failover. */
  readonly failoverAfterMs: number | null;
  readonly breaker: { readonly consecutiveErrors: number; readonly cooldownMs: number } | null;
  readonly mirror: {
    readonly to: Variant;
    readonly percent: number;
    readonly keepsCredentials: boolean;
  } | null;
  readonly exposeVariant: boolean;
}

export function compileProxy(
  document: RolloutDocument,
  variants: readonly Variant[],
  problems: Problem[],
): ProxyOptions {
  for (const [position, { variant }] of document.proxy.faults.entries()) {
    const names = variants.map(({ name }) => name);
    if (!names.includes(variant))
      problems.push({
        path: jsonPath(['proxy', 'faults', position, 'variant']),
        message: noSuch(variant, names),
      });
  }
  const { timeout, bodyTimeout, failover, failoverAfter, breaker, mirror, exposeVariant } = document.proxy;
  const mirrorTo = variants.slice(1).find(({ name }) => name === mirror?.to);
  if (mirror !== undefined && mirrorTo === undefined && mirror.percent > 0) {
    const candidates = variants.slice(1).map(({ name }) => name);
    problems.push({ path: '$.proxy.mirror.to', message: noSuch(mirror.to, candidates) });
  }
  return {
    timeoutMs: parseDuration(timeout),
    bodyTimeoutMs: bodyTimeout === null ? null : parseDuration(bodyTimeout),
    failoverAfterMs: failover ? Math.min(parseDuration(failoverAfter), parseDuration(timeout)) : null,
    breaker:
      breaker === null
        ? null
        : { consecutiveErrors: breaker.consecutiveErrors, cooldownMs: parseDuration(breaker.cooldown) },
    mirror:
      mirror === undefined || mirrorTo === undefined || mirror.percent === 0
        ? null
        : { to: mirrorTo, percent: mirror.percent, keepsCredentials: mirror.credentials },
    exposeVariant,
  };
}

export function faultsOf(document: RolloutDocument, variant: string): Fault[] {
  return document.proxy.faults
    .filter(fault => fault.variant === variant && fault.percent > 0)
    .map(fault =>
      'delay' in fault
        ? { kind: 'delay', percent: fault.percent, ms: parseDuration(fault.delay) }
        : { kind: 'status', percent: fault.percent, status: fault.status },
    );
}

function noSuch(variant: string, known: readonly string[]): string {
  return `no such variant ${quote(variant)}; expected one of: ${known.map(name => quote(name)).join(', ')}`;
}
