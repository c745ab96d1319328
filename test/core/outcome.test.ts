import { describe, expect, it } from 'vitest';
import { CODES, codeOf, errorOf } from '../../src/core/metrics/outcome.ts';

describe('an outcome', () => {
  it.each([
    [101, '1xx'],
    [200, '2xx'],
    [304, '3xx'],
    [404, '4xx'],
    [599, '5xx'],
    [0, 'none'],
    [999, 'none'],
  ])('with status %i counts as %s', (status, code) => {
    expect(CODES[codeOf(status)]).toBe(code);
  });

  it.each([
    ...[200, 302, 404, 499, 600].map(status => [status, undefined] as const),
    ...[500, 502, 503, 504, 519, 531, 599].map(status => [status, 'http_5xx'] as const),
    ...[521, 523, 525, 526, 530].map(status => [status, 'connect'] as const),
    ...[522, 524].map(status => [status, 'timeout'] as const),
    ...[520, 527, 528, 529].map(status => [status, 'platform'] as const),
  ])('with status %i is the error %s', (status, kind) => {
    expect(errorOf(status)).toBe(kind);
  });
});
