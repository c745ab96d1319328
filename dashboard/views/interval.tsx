import type { Difference } from '../types.ts';

/** The interval on a line whose middle is "no difference". The words beside it say the same. */
export function IntervalGraphic({ difference: { value, low, high } }: { readonly difference: Difference }) {
  const reach = Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE) * 1.15;
  const x = (at: number): number => 40 + (at / reach) * 40;
  return (
    <svg class="interval" viewBox="0 0 80 12" aria-hidden="true">
      <path class="axis" d="M0 6h80" />
      <path class="zero" d="M40 0v12" />
      <path class="reach" d={`M${x(low).toFixed(1)} 6H${x(high).toFixed(1)}`} />
      <circle cx={x(value).toFixed(1)} cy="6" r="2.5" />
    </svg>
  );
}
