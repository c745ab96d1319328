/** What one proxied request came to, as the metrics see it (DESIGN.md, section 3, Metrics). */

/** Label `code` of `weir_requests_total`, by position. */
export const CODES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
/** Label `kind` of `weir_errors_total`, by position. */
export const ERROR_KINDS = ['http_5xx', 'connect', 'timeout', 'breaker', 'platform'] as const;

/** Label `result` of `weir_failovers_total`, by position. */
export const FAILOVER_RESULTS = ['ok', 'failed'] as const;
/** Label `kind` of `weir_faults_total`, by position. */
export const FAULT_KINDS = ['delay', 'status'] as const;

export type Code = (typeof CODES)[number];
export type ErrorKind = (typeof ERROR_KINDS)[number];
export type FailoverResult = (typeof FAILOVER_RESULTS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Position in {@link CODES}; 0 (`none`) for no answer. */
export function codeOf(status: number): number {
  const hundreds = Math.floor(status / 100);
  return hundreds >= 1 && hundreds <= 5 ? hundreds : 0;
}

/**
 * The error that a status stands for, if any. In production "the origin gave no answer" mostly
 * arrives as a response that Cloudflare made: 521 523 525 526 530 are `connect`, 522 524 are
 * `timeout`, 520 and 527 to 529 are `platform`.
 */
export function errorOf(status: number): ErrorKind | undefined {
  if (status < 500 || status > 599) return undefined;
  switch (status) {
    case 521:
    case 523:
    case 525:
    case 526:
    case 530:
      return 'connect';
    case 522:
    case 524:
      return 'timeout';
    case 520:
    case 527:
    case 528:
    case 529:
      return 'platform';
    default:
      return 'http_5xx';
  }
}
