/**
 * The two ways an answer goes out: to a returning visitor as it came, to a new one wrapped so that
 * it can carry the cookie. What holds for one must hold for the other.
 */
import type { Proxied } from './proxied.ts';

export type VisitorKind = 'returning' | 'new';
export const VISITORS: readonly VisitorKind[] = ['returning', 'new'];

export function cookieOf(visitor: VisitorKind, proxied: Proxied): readonly (readonly [string, string])[] {
  return visitor === 'returning' ? [proxied.returning] : [];
}
