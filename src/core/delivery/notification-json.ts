/** A notification for machines: one JSON object, described in docs/notifications.md. */
import type { Evidence } from '../analysis/verdict.ts';
import type { Notification } from './notification.ts';

/**
 * @param publicUrl where people reach Weir, without the path; undefined: no link
 * @returns the body, whose bytes are signed as they are
 */
export function notificationJson(notification: Notification, publicUrl: string | undefined): string {
  const { id, event, rollout, at, phase, text, advice, run, shares, waitingFor, verdict } = notification;
  return JSON.stringify({
    id,
    event,
    rollout,
    at: new Date(at).toISOString(),
    phase,
    text,
    advice,
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    candidate: run?.candidate ?? null,
    version: run?.version ?? null,
    step: run?.step ?? null,
    steps: run?.steps ?? null,
    weight: run === null ? null : percent(shares[run.candidate] ?? 0),
    weights: Object.fromEntries(
      Object.entries(shares).map(([variant, share]) => [variant, percent(share)] as const),
    ),
    waitingFor,
    verdict: verdict && { kind: verdict.kind, criterion: verdict.criterion ?? null, text: verdict.text },
    evidence: notification.evidence.map(evidenceJson),
    actor: notification.actor,
    reason: notification.reason,
    link: linkTo(notification, publicUrl),
  });
}

/** @returns null without an address to put before the path */
export function linkTo({ path }: Notification, publicUrl: string | undefined): string | null {
  const base = (publicUrl ?? '').trim().replace(/\/+$/, '');
  return base === '' ? null : `${base}${path}`;
}

/** @param share thousandths of a percent */
export function percent(share: number): number {
  return share / 1000;
}

function evidenceJson({
  criterion,
  direction,
  logE,
  threshold,
  isDecided,
  observed,
  margin,
  text,
}: Evidence) {
  return {
    criterion,
    direction,
    // Too large for a number: null, and the logarithm says how large.
    eValue: finite(Math.exp(logE)),
    log10EValue: finite(logE / Math.LN10),
    log10Threshold: threshold === null ? null : finite(threshold / Math.LN10),
    decided: isDecided,
    canary: observed?.canary ?? null,
    stable: observed?.stable ?? null,
    expected: observed?.expected ?? null,
    margin,
    text,
  };
}

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
