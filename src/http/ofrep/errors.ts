/**
 * What OFREP answers where no flag was evaluated. Where the protocol describes a body it has that one;
 * else it is RFC 9457 problem details, which its clients don't look at.
 */
import { unreachable } from '../../core/result.ts';
import { problem } from '../problem.ts';
import { MAX_BODY_BYTES } from './body.ts';
import type { Refusal } from './caller.ts';

export function refused(refusal: Refusal, key: string | undefined): Response {
  switch (refusal) {
    case 'unset': {
      const detail =
        'Flags are not served here: the secret FLAG_KEYS is not set, and the flags are not public ("$public").';
      return key === undefined
        ? problem({ status: 404, title: 'Not Found', detail })
        : ofrepError(404, { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: detail });
    }
    case 'unauthenticated':
      return problem(
        {
          status: 401,
          title: 'Unauthorized',
          detail: 'Expected a key of FLAG_KEYS as a bearer token or in X-API-Key.',
        },
        { 'www-authenticate': 'Bearer realm="weir"' },
      );
    case 'forbidden':
      return problem({
        status: 403,
        title: 'Forbidden',
        detail:
          'This token does not read flags: expected a key of FLAG_KEYS, or a token of the role flags or admin.',
      });
    default:
      return unreachable(refusal);
  }
}

export function methodNotAllowed(): Response {
  const detail = 'Flags are evaluated with POST.';
  return problem({ status: 405, title: 'Method Not Allowed', detail }, { allow: 'POST, OPTIONS' });
}

export function tooLarge(key: string | undefined): Response {
  const errorDetails = `expected a body of at most ${MAX_BODY_BYTES} bytes`;
  return ofrepError(413, {
    ...(key === undefined ? {} : { key }),
    errorCode: 'INVALID_CONTEXT',
    errorDetails,
  });
}

/** @param seconds whole ones (RFC 9110, section 10.2.3) */
export function tooMany(seconds: number): Response {
  const detail = `Too many evaluations from here; go on in ${seconds} s.`;
  return problem({ status: 429, title: 'Too Many Requests', detail }, { 'retry-after': String(seconds) });
}

export function serverError(): Response {
  return ofrepError(500, { errorDetails: 'flags cannot be evaluated just now; try again' });
}

function ofrepError(status: number, body: Readonly<Record<string, string>>): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
}
