/**
 * Who a request comes from, for the coin: the text that is hashed.
 *
 * Units of different kinds never mix: a visitor's id is twelve characters of base64url, every other
 * unit has a colon in it.
 */
import type { Rollout } from '../core/rollout/compile.ts';
import { unitOfAddress } from '../core/rollout/conditions/address.ts';
import { murmur3 } from '../core/rollout/hash.ts';
import { isBot } from './bots.ts';
import { isUnattended } from './request-facts.ts';
import { newVisitorId, type Visitor } from './sticky-cookie.ts';

export interface Unit {
  /** What is hashed; undefined for a request that must not be drawn. */
  readonly text: string | undefined;
  /** The id that the visitor's cookie holds, or is to hold; undefined where no cookie is kept. */
  readonly cookieId: string | undefined;
  /** The visitor had no valid cookie and was given a random id. */
  readonly isNew: boolean;
}

const NOBODY: Unit = { text: undefined, cookieId: undefined, isNew: false };

/**
 * @param visitor of the cookie, if there was a valid one
 * @param ip the client's address, if known
 * @param hasPurpose as for {@link isUnattended}
 */
export function unitOf(
  request: Request,
  rollout: Rollout,
  visitor: Visitor | undefined,
  ip: string | null,
  ids: { newVisitor(): string },
  hasPurpose?: boolean,
): Unit {
  const { by, header, fallback } = rollout.sticky;
  if (by === 'header') {
    // Whoever sends the header says who they are; a bot that does is as good a unit as any.
    const value = request.headers.get(header);
    if (value !== null && value !== '') return keptElsewhere(`header:${header}:${value}`);
  } else if (by === 'ip' && ip !== null) {
    // Prefetches and preflights too: the page that follows is drawn by the same address.
    return isBot(request.headers.get('user-agent')) ? NOBODY : keptElsewhere(unitOfAddress(ip));
  }
  if (visitor !== undefined && (by === 'cookie' || fallback === 'random'))
    return { text: visitor.id, cookieId: visitor.id, isNew: false };
  if (fallback === 'stable' || !rollout.enabled || isUnattended(request, hasPurpose)) return NOBODY;
  if (fallback === 'ip' && ip !== null) {
    if (by !== 'cookie') return keptElsewhere(unitOfAddress(ip));
    // From the next request on the cookie decides: it must draw the same lot.
    const id = idOfAddress(ip);
    return { text: id, cookieId: id, isNew: false };
  }
  const id = ids.newVisitor();
  return { text: id, cookieId: id, isNew: true };
}

function keptElsewhere(text: string): Unit {
  return { text, cookieId: undefined, isNew: false };
}

/** A visitor id that everyone behind an address shares: 72 bits of its hash. */
function idOfAddress(ip: string): string {
  const unit = unitOfAddress(ip);
  const bytes = [1, 2, 3].flatMap(seed => {
    const hash = murmur3(unit, seed);
    return [hash & 255, (hash >>> 8) & 255, (hash >>> 16) & 255];
  });
  return newVisitorId(Uint8Array.from(bytes));
}
