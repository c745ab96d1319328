/** What Weir itself answers on a visitor's way, as problem details. Nothing here names an origin. */
import { errorOf, type ErrorKind } from '../core/metrics/outcome.ts';
import { isMadeByCloudflare, type UpstreamResult } from '../edge/upstream.ts';
import { problem } from './problem.ts';

/** Whether there is an answer and the origin made it: one that Cloudflare made would name the origin. */
export function isShowable(result: UpstreamResult): result is UpstreamResult & { kind: 'answer' } {
  return result.kind === 'answer' && !isMadeByCloudflare(result.response);
}

export function errorOfResult(result: UpstreamResult): ErrorKind | undefined {
  return result.kind === 'answer' ? errorOf(result.response.status) : result.kind;
}

/** The proxy answers for the origin only when the origin gave no answer. */
export function noAnswer(error: ErrorKind | undefined): Response {
  return error === 'timeout'
    ? problem({
        status: 504,
        title: 'Gateway Timeout',
        detail: 'The service behind this address took too long to answer.',
      })
    : problem({
        status: 502,
        title: 'Bad Gateway',
        detail: 'The service behind this address could not be reached.',
      });
}

/** In the place of a variant whose document wants a share of its requests to fail. */
export function rehearsedFailure(status: number): Response {
  return problem({ status, title: 'Rehearsed Failure', detail: 'This failure is declared, not real.' });
}

/** RFC 5842, section 7.2 */
export function loopDetected(): Response {
  return problem({
    status: 508,
    title: 'Loop Detected',
    detail: 'This request has already come through here: an origin leads back to Weir.',
  });
}

export function notConfigured(): Response {
  return problem(
    {
      status: 503,
      title: 'Service Unavailable',
      detail: 'This address is not configured yet, or its configuration cannot be read just now.',
    },
    { 'retry-after': '5' },
  );
}

/** The last resort for a defect of ours: the visitor gets an answer, the log the reason. */
export function failed(error: unknown): Response {
  console.error(JSON.stringify({ message: 'the proxy failed', error: String(error) }));
  return noAnswer('connect');
}
