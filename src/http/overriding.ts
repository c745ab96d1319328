/** What an override link or cookie does to a request, before anything is decided. */
import { mayHoldOverride, withoutOverride } from '../core/rollout/override-path.ts';
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import { withoutCookie } from '../edge/cookie-header.ts';
import {
  mayHoldOverrideCookie,
  overrideCookieName,
  overrideOf,
  overrideRedirect,
  type OverrideVisit,
  type WhyIgnored,
} from '../edge/override.ts';
import type { Passage } from './passage.ts';

export type Overriding =
  /** The link is answered: its redirect, with the cookie. */
  | { readonly kind: 'answered'; readonly response: Response }
  /** The request as it goes on: nothing of the override is left in it. */
  | {
      readonly kind: 'goes on';
      readonly passage: Passage;
      readonly forced: Variant | undefined;
      readonly ignored: WhyIgnored | undefined;
    };

/** @returns undefined, at once, for a request that says nothing of an override, as nearly every one */
export function overridingOf(
  passage: Passage,
  rollout: Rollout,
  cookieHeader: string | null,
  nowMs: number,
): Promise<Overriding> | undefined {
  const { path } = passage.target;
  if (!mayHoldOverride(path) && !mayHoldOverrideCookie(cookieHeader)) return undefined;
  return follow(passage, rollout, cookieHeader, nowMs);
}

async function follow(
  passage: Passage,
  rollout: Rollout,
  cookieHeader: string | null,
  nowMs: number,
): Promise<Overriding> {
  const { path, isHttps } = passage.target;
  const secret = passage.env.OVERRIDE_SECRET;
  const visit = await overrideOf({ path, cookieHeader, rollout, isHttps, secret, nowMs });
  if (visit !== undefined && isOpening(visit) && isRead(passage)) {
    const hadOverride = mayHoldOverrideCookie(cookieHeader);
    const response = overrideRedirect(passage.target, rollout, visit, nowMs, hadOverride);
    return { kind: 'answered', response };
  }
  return {
    kind: 'goes on',
    // Also where nothing was found: a cookie spelt as no browser would is none here, but an origin may read it.
    passage: withoutOverrides(passage, rollout),
    forced: visit?.kind === 'forced' ? visit.variant : undefined,
    ignored: visit?.kind === 'ignored' ? visit.why : undefined,
  };
}

function isOpening(visit: OverrideVisit): visit is Exclude<OverrideVisit, { kind: 'ignored' }> {
  return visit.kind === 'off' || (visit.kind === 'forced' && visit.from === 'link');
}

/** A redirect would lose what a POST sends, and a WebSocket doesn't follow any. */
function isRead({ request, facts }: Passage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && !facts.hasUpgrade;
}

/** No origin sees the link's parameter nor the cookie (DESIGN.md, section 3). */
export function withoutOverrides(passage: Passage, rollout: Rollout): Passage {
  const path = withoutOverride(passage.target.path);
  const target = path === passage.target.path ? passage.target : { ...passage.target, path };
  const cookies = passage.facts.hasCookie ? passage.request.headers.get('cookie') : null;
  // Both: a cookie that was set on http is sent along on https.
  const kept = [false, true].reduce<string | null>(
    (rest, isHttps) => (rest === null ? null : withoutCookie(rest, overrideCookieName(rollout, isHttps))),
    cookies,
  );
  if (kept === cookies) return { ...passage, target };
  const headers = new Headers(passage.request.headers);
  if (kept === null) headers.delete('cookie');
  else headers.set('cookie', kept);
  return { ...passage, target, request: new Request(passage.request, { headers }) };
}
