/** Which pages may ask for flags from another origin (Fetch standard, "HTTP-CORS protocol"). */
import type { FlagSet } from '../../core/flags/flag.ts';

/** Ten minutes: the longest that all browsers keep it. */
const MAX_AGE_SECONDS = 600;

/** For every answer, errors too: without them a page sees none of it, not even the status. */
export function corsHeaders(request: Request, { origins }: Pick<FlagSet, 'origins'>): [string, string][] {
  const headers: [string, string][] = [['vary', 'origin']];
  const origin = request.headers.get('origin');
  if (origin === null) return headers;
  const isListed = origins.includes(origin);
  if (!isListed && !origins.includes('*')) return headers;
  headers.push(['access-control-allow-origin', isListed ? origin : '*']);
  // The visitor's cookie is the unit of those who have no targetingKey; `*` can't be given it.
  if (isListed) headers.push(['access-control-allow-credentials', 'true']);
  headers.push(['access-control-expose-headers', 'ETag, Retry-After']);
  return headers;
}

/** The answer to a preflight; without an allowed origin the browser asks no further. */
export function preflightAnswer(request: Request, set: Pick<FlagSet, 'origins'>): Response {
  const headers = new Headers([
    ...corsHeaders(request, set),
    ['allow', 'POST, OPTIONS'],
    ['cache-control', 'no-store'],
  ]);
  if (headers.has('access-control-allow-origin')) {
    headers.set('access-control-allow-methods', 'POST');
    headers.set('access-control-allow-headers', 'Content-Type, Authorization, X-API-Key, If-None-Match');
    headers.set('access-control-max-age', String(MAX_AGE_SECONDS));
  }
  return new Response(null, { status: 204, headers });
}
