/** One chart: its title, the values under the cursor, the lines. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { Swatch } from '../views/sentence.tsx';
import { summaryOf, type Columns, type Mark } from './columns.ts';
import { plot, rem } from './plot.ts';

export interface ChartProps {
  readonly title: string;
  readonly variants: readonly string[];
  readonly columns: Columns;
  readonly format: (value: number) => string;
  /** The vertical axis reaches at least so far, so that noise around zero looks like noise. */
  readonly least: number;
  readonly isStepped: boolean;
  /** Epoch seconds. */
  readonly from: number;
  readonly to: number;
  readonly marks: readonly Mark[];
  /** Position of the bucket under the cursor of any chart. */
  readonly cursor: number | undefined;
  /** What is beside the values. */
  readonly note: string | undefined;
  readonly onCursor: (bucket: number | undefined) => void;
}

export function Chart(props: ChartProps) {
  const { title, variants, columns, format, marks, cursor, note } = props;
  const room = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  // What the plot reads when it draws; it outlives many renders.
  const latest = useRef(props);
  latest.current = props;
  const [letters, setLetters] = useState(rem);

  useEffect(() => {
    const element = room.current;
    if (element === null) return;
    const drawn = plot(element, latest);
    chart.current = drawn;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => drawn.redraw(false);
    const fit = new ResizeObserver(() => {
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight });
      setLetters(rem());
    });
    scheme.addEventListener('change', repaint);
    fit.observe(element);
    return () => {
      scheme.removeEventListener('change', repaint);
      fit.disconnect();
      drawn.destroy();
    };
  }, [variants.join(' '), letters]);
  useEffect(() => chart.current?.setData([columns.at, ...columns.values]), [columns]);
  useEffect(() => chart.current?.redraw(false), [marks]);

  const shown = cursor ?? columns.at.length - 1;
  const summary = variants.map((name, i) => `${name}: ${summaryOf(columns.values[i]!, format)}`).join('. ');
  const changes = marks.length === 0 ? '' : ` Weight changes: ${marks.map(({ text }) => text).join('; ')}.`;
  return (
    <figure class="card chart">
      <figcaption>
        <h3>{title}</h3>
        <ul class="values" aria-hidden="true">
          {variants.map((name, i) => {
            const value = columns.values[i]![shown];
            return (
              <li key={name}>
                <Swatch index={i} /> {name} <b>{value == null ? '–' : format(value)}</b>
              </li>
            );
          })}
          {note !== undefined && <li class="muted">{note}</li>}
        </ul>
      </figcaption>
      <div
        class="plot"
        ref={room}
        role="img"
        aria-label={`${title}. ${summary}.${changes}${note === undefined ? '' : ` Now ${note}.`}`}
      />
    </figure>
  );
}
