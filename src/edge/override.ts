/**
 * Overrides of a visitor's variant (DESIGN.md, section 4, step 2): what a request brings of one, and
 * the redirect with which a link becomes a cookie.
 */
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import { parseToken } from '../core/rollout/override.ts';
import { OFF, mayHoldOverride, overrideValue, withoutOverride } from '../core/rollout/override-path.ts';
import { cookieValue } from './cookie-header.ts';
import { isSignedFor } from './override-token.ts';
import type { RequestTarget } from './request-target.ts';

export type OverrideSource = 'link' | 'cookie';

export interface Forced {
  readonly kind: 'forced';
  readonly variant: Variant;
  readonly from: OverrideSource;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** `?weir=off`: ends an override. Only the visitor's own cookie goes, so it needs no signature. */
export interface Ended {
  readonly kind: 'off';
}

export interface Ignored {
  readonly kind: 'ignored';
  readonly from: OverrideSource;
  readonly why: WhyIgnored;
}

export type WhyIgnored =
  | 'no secret'
  | 'malformed'
  /** Forged, or for another rollout: nobody can tell the two apart. */
  | 'not signed for this rollout'
  | 'expired'
  | 'variant gone'
  | 'rollout disabled';

export type OverrideVisit = Forced | Ended | Ignored;

export interface OverrideQuestion {
  /** Path and query. */
  readonly path: string;
  readonly cookieHeader: string | null;
  readonly rollout: Rollout;
  readonly isHttps: boolean;
  /** OVERRIDE_SECRET; undefined or empty: no override is in force. */
  readonly secret: string | undefined;
  readonly nowMs: number;
}

const SUFFIX = '-override';

/** `__Host-` for the same reason as the visitor's cookie. */
export function overrideCookieName(rollout: Rollout, isHttps: boolean): string {
  return `${isHttps ? '__Host-' : ''}${rollout.cookie.name}${SUFFIX}`;
}

/** Cheap: asked of every request with cookies. */
export function mayHoldOverrideCookie(cookieHeader: string | null): boolean {
  return cookieHeader !== null && cookieHeader.includes(SUFFIX);
}

/**
 * What the request says of an override; undefined, at once, if it says nothing, as nearly every
 * request does. A link wins over a cookie; a link that is ignored leaves a good cookie in force, or
 * the visitor would change variants for one click.
 */
export function overrideOf(question: OverrideQuestion): Promise<OverrideVisit> | undefined {
  const { path, cookieHeader, rollout, isHttps } = question;
  const link = mayHoldOverride(path) ? overrideValue(path) : undefined;
  const cookie =
    cookieHeader !== null && mayHoldOverrideCookie(cookieHeader)
      ? cookieValue(cookieHeader, overrideCookieName(rollout, isHttps))
      : undefined;
  if (link === OFF) return Promise.resolve({ kind: 'off' });
  if (link !== undefined) return judgeBoth(question, link, cookie);
  return cookie === undefined ? undefined : judge(question, cookie, 'cookie');
}

async function judgeBoth(
  question: OverrideQuestion,
  link: string,
  cookie: string | undefined,
): Promise<OverrideVisit> {
  const byLink = await judge(question, link, 'link');
  if (byLink.kind === 'forced' || cookie === undefined) return byLink;
  const byCookie = await judge(question, cookie, 'cookie');
  return byCookie.kind === 'forced' ? byCookie : byLink;
}

/** The signature comes first: of a token that isn't ours, nothing else is worth saying. */
async function judge(
  { rollout, secret, nowMs }: OverrideQuestion,
  text: string,
  from: OverrideSource,
): Promise<Forced | Ignored> {
  const ignored = (why: WhyIgnored): Ignored => ({ kind: 'ignored', from, why });
  if (secret === undefined || secret === '') return ignored('no secret');
  const token = parseToken(text);
  if (token === undefined) return ignored('malformed');
  if (!(await isSignedFor(rollout.name, token, secret))) return ignored('not signed for this rollout');
  const expiresAtMs = token.expiry * 1000;
  if (nowMs >= expiresAtMs) return ignored('expired');
  if (!rollout.enabled) return ignored('rollout disabled');
  const variant = rollout.variants.find(({ name }) => name === token.variant);
  if (variant === undefined) return ignored('variant gone');
  return { kind: 'forced', variant, from, token: text, expiresAtMs };
}

/**
 * Answers an override link: the cookie, and the same page under its clean address. The browser
 * forgets what it has cached of the other variant (W3C Clear Site Data, section 3.1), and no page
 * it then loads tells others the link as its referrer.
 */
export function overrideRedirect(
  target: RequestTarget,
  rollout: Rollout,
  visit: Forced | Ended,
  nowMs: number,
  hadOverride: boolean,
): Response {
  const pair = `${overrideCookieName(rollout, target.isHttps)}=${visit.kind === 'off' ? '' : visit.token}`;
  const secondsLeft = visit.kind === 'off' ? 0 : Math.max(Math.floor((visit.expiresAtMs - nowMs) / 1000), 1);
  // Lax, whatever the visitor's cookie is: the link is opened from a chat.
  const attributes = `Max-Age=${secondsLeft}; Path=/; HttpOnly; SameSite=Lax`;
  return new Response(null, {
    status: 302,
    headers: {
      location: locationOf(target, withoutOverride(target.path)),
      'set-cookie': `${pair}; ${attributes}${target.isHttps ? '; Secure' : ''}`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      // Anyone can have a visitor open `?weir=off`; it costs them their cache only if there was something to end.
      ...(visit.kind === 'forced' || hadOverride ? { 'clear-site-data': '"cache"' } : {}),
    },
  });
}

/** What begins with two slashes, or would once a browser has tidied it, would name another host. */
function locationOf(target: RequestTarget, path: string): string {
  if (/^\/(?![/\\])[\x21-\x7e]*$/.test(path)) return path;
  return URL.parse(`${target.isHttps ? 'https' : 'http'}://${target.authority}${path}`)?.href ?? '/';
}
