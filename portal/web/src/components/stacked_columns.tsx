// Stacked columns, drawn as SVG in the pixels there are, so that its letters keep their size on a phone and it prints
// sharp. Each series has a colour and a pattern: it can be told apart without seeing colours. The drawing is decoration
// for those who see it; the table beside it says the same (see figure.tsx).
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { compact_number } from "../i18n/figures";
import { number } from "../i18n/format";

export interface Series {
  /** One of the classes `series--…` in reports.css. */
  key: string;
  name: string;
}

export interface Column {
  key: string;
  /** Below the axis. */
  label: string;
  /** In the tooltip. */
  title: string;
  /** As many as there are series, in their order. */
  values: number[];
}

const height = 280;
const top = 10;
const foot = 30;
const label_room = 60;

/** About five round steps (1, 2 or 5 times a power of ten) that reach past the highest column. */
export function axis_steps(highest: number): number[] {
  const least = Math.max(1, highest / 5);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
  const steps = [0];
  while (steps.at(-1)! < highest) steps.push(steps.at(-1)! + step);
  return steps.length > 1 ? steps : [0, 1];
}

/** The patterns lie over a plain ground of the same series; 6 by 6 pixels repeat without a seam. */
const marks: Record<string, string> = {
  delivered: "",
  held: "M-1 1L1 -1M-1 7L7 -1M5 7L7 5",
  rejected: "M0 0L6 6M6 0L0 6",
  refused: "M1 3h1.6M4 0h1.6M4 6h1.6",
  deferred: "M0 3h6",
  discarded: "M3 0v6",
};

export function Patterns({ id, keys }: { id: string; keys: readonly string[] }): JSX.Element {
  return (
    <defs>
      {keys.map((key) => (
        <pattern key={key} id={`${id}-${key}`} width="6" height="6" patternUnits="userSpaceOnUse">
          <rect class={`series series--${key}`} width="6" height="6" />
          <path class="series__mark" d={marks[key] ?? ""} />
        </pattern>
      ))}
    </defs>
  );
}

/** What stands for a series in the legend. */
export function Swatch({ name }: { name: string }): JSX.Element {
  const id = useId();
  return (
    <svg class="swatch" width="18" height="18" aria-hidden="true" focusable="false">
      <Patterns id={id} keys={[name]} />
      <rect width="18" height="18" rx="3" fill={`url(#${id}-${name})`} />
    </svg>
  );
}

/** The width there is, in pixels; 0 until it is known. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, set_width] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const watcher = new ResizeObserver(([entry]) => set_width(Math.floor(entry?.contentRect.width ?? 0)));
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return { element, width };
}

interface StackedColumnsProps {
  series: readonly Series[];
  columns: readonly Column[];
  /** Whether the writing, and so the time, runs from right to left. */
  mirrored: boolean;
}

export function StackedColumns({ series, columns, mirrored }: StackedColumnsProps): JSX.Element {
  const { element, width } = useWidth();
  const id = useId();
  const steps = axis_steps(Math.max(0, ...columns.map((column) => column.values.reduce((sum, each) => sum + each, 0))));
  const highest = steps.at(-1)!;
  const side = 12 + 7 * Math.max(...steps.map((step) => compact_number(step).length));
  const room = Math.max(0, width - side);
  const slot = columns.length > 0 ? room / columns.length : room;
  const bar = Math.max(2, Math.min(44, slot * 0.72));
  const every = Math.max(1, Math.ceil(label_room / slot));
  const y = (value: number) => top + (height - top - foot) * (1 - value / highest);
  const told = (column: Column) => {
    const counts = series.map((each, at) => `${each.name}: ${number(column.values[at] ?? 0)}`);
    return [column.title, ...counts].join("\n");
  };
  /** Below its column, but never past the edge. */
  const label_place = (middle: number) => {
    if (middle + label_room / 2 > width) return { x: width, "text-anchor": "end" as const };
    if (middle - label_room / 2 < 0) return { x: 0, "text-anchor": "start" as const };
    return { x: middle, "text-anchor": "middle" as const };
  };
  const x = (from_start: number) => (mirrored ? width - from_start : from_start);

  return (
    <div class="columns" ref={element}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true" focusable="false">
          <Patterns id={id} keys={series.map((each) => each.key)} />
          {steps.map((step) => (
            <g key={step}>
              <line class="columns__line" x1={x(side)} x2={x(width)} y1={y(step)} y2={y(step)} />
              <text class="columns__text" x={x(side - 8)} y={y(step) + 4} text-anchor={mirrored ? "start" : "end"}>
                {compact_number(step)}
              </text>
            </g>
          ))}
          {columns.map((column, at) => {
            const middle = side + slot * (at + 0.5);
            let below = 0;
            return (
              <g key={column.key} class="column">
                <title>{told(column)}</title>
                <rect class="column__slot" x={x(middle) - slot / 2} y={top} width={slot} height={height - top - foot} />
                {series.map((each, index) => {
                  const value = column.values[index] ?? 0;
                  const from = below;
                  below += value;
                  if (value === 0) return null;
                  // What there is at all is at least a line; a gap of one pixel parts it from its neighbour.
                  const tall = Math.max(1.5, y(from) - y(below) - 1);
                  return (
                    <rect
                      key={each.key}
                      x={x(middle) - bar / 2}
                      y={y(from) - tall}
                      width={bar}
                      height={tall}
                      rx={Math.min(1.5, tall / 2)}
                      fill={`url(#${id}-${each.key})`}
                    />
                  );
                })}
                {(columns.length - 1 - at) % every === 0 && (
                  <text class="columns__text" {...label_place(x(middle))} y={height - 8}>
                    {column.label}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
