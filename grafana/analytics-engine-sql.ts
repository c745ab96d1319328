/**
 * Questions to Analytics Engine in its SQL, with nothing but what its reference documents: no joins, no
 * arrays, no functions of ClickHouse that it doesn't name. docs/metrics.md shows them, the dashboard
 * asks them, and a test runs both against a real ClickHouse.
 *
 * A row that stands for N rows has `_sample_interval` N, so every sum is weighted by it.
 */
import { ROW_POWERS, ROW_SCHEMA } from '../src/core/metrics/analytics-row.ts';

/** What a question is asked of. */
export interface Asked {
  /** An expression: the start of the stretch of time that a row belongs to. */
  readonly time: string;
  /** Its length in seconds, a number or an expression. */
  readonly seconds: string;
  /** Which rows. */
  readonly where: string;
}

/** The last day, minute by minute, of one rollout. */
export const EVERY_MINUTE: Asked = {
  time: 'intDiv(toUInt32(timestamp), 60) * 60',
  seconds: '60',
  where: `timestamp > NOW() - INTERVAL '1' DAY AND blob1 = '${ROW_SCHEMA}' AND blob2 = 'default'`,
};

export const requestsPerSecond = (asked: Asked): string =>
  perVariant(asked, `sum(_sample_interval * double1) / ${asked.seconds} AS requests_per_second`);

export const errorRatio = (asked: Asked): string =>
  perVariant(
    { ...asked, where: `${asked.where} AND double1 > 0` },
    'sum(_sample_interval * double2) / sum(_sample_interval * double1) AS error_ratio',
  );

export const unansweredRatio = (asked: Asked): string =>
  perVariant(
    { ...asked, where: `${asked.where} AND double1 > 0` },
    'sum(_sample_interval * double3) / sum(_sample_interval * double1) AS unanswered_ratio',
  );

/** In percent, the mean over the rows of the stretch of time. */
export const weight = (asked: Asked): string =>
  perVariant(asked, 'sum(_sample_interval * double10) / sum(_sample_interval) AS weight');

/**
 * A quantile in seconds. The bounds double, so the logarithm of the quantile to base 2 is that of the
 * first bound and 1 for each bucket that is passed; inside one it rises evenly. Below the first bound
 * it rises evenly from 0; above the last bound it is the last bound.
 * @param q in (0, 1)
 */
export function latencyQuantile(asked: Asked, q: number): string {
  const sums = ROW_POWERS.map((_, i) => `    sum(_sample_interval * double${11 + i}) AS c${i}`);
  const passed = ROW_POWERS.slice(1).map(
    (_, i) => `    if(wanted > c${i + 1}, 1, if(wanted <= c${i}, 0, (wanted - c${i}) / (c${i + 1} - c${i})))`,
  );
  const first = 2 ** ROW_POWERS[0];
  return `SELECT
  t,
  variant,
  if(wanted <= c0, ${first} * wanted / c0, ${first} * pow(2,
${passed.join(' +\n')}
  )) AS seconds
FROM (
  SELECT
    ${asked.time} AS t,
    blob3 AS variant,
    ${q} * sum(_sample_interval * double8) AS wanted,
${sums.join(',\n')}
  FROM weir
  WHERE ${asked.where} AND double8 > 0
  GROUP BY t, variant
)
ORDER BY t, variant`;
}

function perVariant({ time, where }: Asked, figure: string): string {
  return `SELECT
  ${time} AS t,
  blob3 AS variant,
  ${figure}
FROM weir
WHERE ${where}
GROUP BY t, variant
ORDER BY t, variant`;
}
