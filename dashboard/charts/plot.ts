/** Draws with uPlot: what it needs to know of our colours, lines and marks. */
import uPlot from 'uplot';
import type { ChartProps } from './chart.tsx';
import { lonelyIn, type Mark } from './columns.ts';

const SYNC = uPlot.sync('weir');
/** Told apart by line as well as by colour: stable solid, candidates dashed and dotted. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]];

/** Pixels; it grows with the screen. */
export function rem(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** @param latest what is to be drawn, read again with each drawing */
export function plot(element: HTMLElement, latest: { readonly current: ChartProps }): uPlot {
  const { variants, columns, format, isStepped } = latest.current;
  const styles = getComputedStyle(element);
  const color = (name: string) => () => styles.getPropertyValue(name).trim();
  const size = rem() * 0.72;
  const axis = {
    stroke: color('--muted'),
    font: `${size}px ${styles.fontFamily}`,
    ticks: { show: false },
    border: { show: false },
    gap: 6,
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      padding: [size * 1.6, size, 0, 0],
      cursor: { sync: { key: SYNC.key }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => [latest.current.from, latest.current.to] },
        y: {
          range: (_, __, most) => [
            0,
            Math.max(latest.current.least, (latest.current.columns.ceiling ?? most) * 1.08),
          ],
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: size * 6,
          size: size * 2,
          values: (_, at) => at.map(timeText),
        },
        {
          ...axis,
          grid: { stroke: color('--line'), width: 1 },
          space: size * 3,
          // uPlot asks before it has any values.
          size: (plot, values) =>
            // All charts alike, so that what happened at one time stands in one line.
            12 +
            Math.max(
              size * 4,
              ...((values as string[] | null) ?? []).map(text => plot.ctx.measureText(text).width),
            ) /
              devicePixelRatio,
          values: (_, splits) => splits.map(value => format(value).replace(/\.0+(?!\d)/, '')),
        },
      ],
      series: [
        {},
        ...variants.map((_, i) => ({
          stroke: color(`--v${i}`),
          width: 2,
          dash: [...(DASHES[i] ?? [])],
          points: { show: true, filter: lonely },
          ...(isStepped ? { paths: uPlot.paths.stepped!({ align: -1 }) } : {}),
        })),
      ],
      hooks: {
        drawAxes: [plot => drawMarks(plot, latest.current.marks, color('--muted')(), axis.font)],
        setCursor: [({ cursor }) => latest.current.onCursor(cursor.idx ?? undefined)],
      },
    },
    [columns.at, ...columns.values],
    element,
  );
}

/** A point without neighbours has no line: it gets a dot, or nobody would see it. */
function lonely(plot: uPlot, series: number): number[] {
  return lonelyIn(plot.data[series] ?? []);
}

const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });

function timeText(at: number): string {
  return hours.format(at * 1000);
}

/** A line through the chart where a weight changed, with what it became. */
function drawMarks(plot: uPlot, marks: readonly Mark[], color: string, font: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.font = font.replace(/^[\d.]+/, pixels => String(parseFloat(pixels) * devicePixelRatio));
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  let free = Infinity;
  for (const { at, text } of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Newest first: an older label gives way.
    const label = text.replace(/ by .*$/, '');
    const width = ctx.measureText(label).width;
    const left = Math.min(x - width / 2, bbox.left + bbox.width - width);
    if (left + width + 8 > free) continue;
    ctx.fillText(label, left, bbox.top - 2);
    free = left;
  }
  ctx.restore();
}
