/** The variants side by side, and what tells them apart. */
import { clearLeaning, differenceWords, type Quantity } from '../text/difference.ts';
import { rate, ratio, seconds, weight } from '../text/format.ts';
import { candidatesOf } from '../text/situation.ts';
import type { Comparison, Difference, RolloutStatus } from '../types.ts';
import { Choice } from './choice.tsx';
import { IntervalGraphic } from './interval.tsx';
import { Swatch } from './sentence.tsx';

const WINDOWS = [
  ['60s', '1 min'],
  ['15m', '15 min'],
  ['1h', '1 h'],
] as const;

type Variant = RolloutStatus['variants'][string];

interface Row {
  readonly title: string;
  readonly of: (variant: Variant) => string;
  readonly compared?: readonly [key: keyof Comparison, quantity: Quantity];
}

const ROWS: readonly Row[] = [
  { title: 'Requests/s', of: ({ recent }) => rate(recent.requestsPerSecond) },
  { title: 'Errors', of: ({ recent }) => ratio(recent.errorRatio), compared: ['errorRatio', 'errors'] },
  { title: 'p50', of: ({ recent }) => seconds(recent.p50), compared: ['p50', 'latency'] },
  { title: 'p95', of: ({ recent }) => seconds(recent.p95), compared: ['p95', 'latency'] },
  { title: 'p99', of: ({ recent }) => seconds(recent.p99), compared: ['p99', 'latency'] },
  { title: 'Weight', of: weightWords },
];

function weightWords({ weight: set, weightInForce }: Variant): string {
  if (weightInForce === set) return weight(set);
  return `${weight(set)} set, ${weightInForce === null ? 'nothing' : weight(weightInForce)} in force`;
}

interface VariantsProps {
  readonly status: RolloutStatus;
  /** The last status whose figures could be read. */
  readonly figures: RolloutStatus;
  readonly window: string;
  readonly onWindow: (window: string) => void;
}

export function Variants({ status, figures, window, onWindow }: VariantsProps) {
  const names = Object.keys(status.variants);
  const candidates = candidatesOf(status);
  const shown = (name: string): Variant => {
    const current = status.variants[name]!;
    const { recent, weightInForce } = figures.variants[name] ?? current;
    return { ...current, recent, weightInForce };
  };
  return (
    <section class="card variants" aria-labelledby="variants">
      <div class="head">
        <h2 id="variants">Variants</h2>
        <Choice label="Figures over the last" options={WINDOWS} chosen={window} onChoose={onWindow} />
      </div>
      <table role="table" class={candidates.length > 1 ? 'many' : ''}>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              <span class="hidden">Figure</span>
            </th>
            {names.map((name, index) => (
              <th key={name} scope="col" role="columnheader">
                <Swatch index={index} /> {name}
                <small>{status.variants[name]!.version ?? 'no version given'}</small>
                <small>{status.variants[name]!.origin}</small>
              </th>
            ))}
            {candidates.map(name => (
              <th key={name} scope="col" role="columnheader" class="difference">
                {name} − stable
                <small>95 % interval; left of the middle is better</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {ROWS.map(({ title, of, compared }) => (
            <tr key={title} role="row" class={compared === undefined ? 'plain' : ''}>
              <th scope="row" role="rowheader">
                {title}
              </th>
              {names.map(name => (
                <td key={name} role="cell" data-of={name}>
                  <span>{of(shown(name))}</span>
                </td>
              ))}
              {candidates.map(name => (
                <td key={name} role="cell" class="difference" data-of={`${name} − stable`}>
                  {compared !== undefined && (
                    <Compared
                      difference={figures.comparisons[name]?.[compared[0]] ?? null}
                      quantity={compared[1]}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {candidates.length > 0 && (
        <p class="muted note">
          The intervals assume independent requests: where a few visitors send many, the truth is less certain
          than that. Latency is time to response headers.
        </p>
      )}
    </section>
  );
}

function Compared({
  difference,
  quantity,
}: {
  readonly difference: Difference | null;
  readonly quantity: Quantity;
}) {
  if (difference === null) return <span class="muted">too few requests</span>;
  const { value, interval, verdict, tone } = {
    ...differenceWords(difference, quantity),
    tone: toneOf(difference, quantity),
  };
  return (
    <span class={`compared ${tone}`}>
      <IntervalGraphic difference={difference} />
      <span>
        <b>{value}</b> <span class="muted">({interval})</span> <em>{verdict}</em>
      </span>
    </span>
  );
}

function toneOf(difference: Difference, quantity: Quantity): 'bad' | 'attention' | 'good' | 'quiet' {
  switch (clearLeaning(difference)) {
    case 'more':
      return quantity === 'errors' ? 'bad' : 'attention';
    case 'less':
      return 'good';
    case 'unclear':
      return 'quiet';
  }
}
