// A chart and the same as a table. The table is always there for screen readers; one press shows it to everybody.
import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { DownloadIcon } from "./icons";

export interface TableColumn {
  text: string;
  /** Set to the end of its cell, figures of equal width. */
  numeric?: boolean;
}

interface DataTableProps {
  caption: string;
  head: TableColumn[];
  /** The first cell of each row names the row. */
  rows: { key: string; cells: ComponentChildren[] }[];
}

export function DataTable({ caption, head, rows }: DataTableProps): JSX.Element {
  const class_of = (at: number) => (head[at]?.numeric ? "data__number" : undefined);
  return (
    <table class="data">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {head.map((column, at) => (
            <th key={at} scope="col" class={class_of(at)}>
              {column.text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            {row.cells.map((cell, at) =>
              at === 0 ? (
                <th key={at} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={at} class={class_of(at)}>
                  {cell}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface FigureProps extends DataTableProps {
  lead?: string;
  /** Where the same comes as CSV. */
  csv: string;
  /** Said instead of a chart without rows. */
  empty: string;
  children: ComponentChildren;
}

export function Figure({ caption, lead, csv, empty, head, rows, children }: FigureProps): JSX.Element {
  const [as_table, show_table] = useState(false);
  const title = useId();
  return (
    <section class="card figure" aria-labelledby={title}>
      <header class="figure__head">
        <div>
          <h2 id={title}>{caption}</h2>
          {lead && <p class="figure__lead">{lead}</p>}
        </div>
        <div class="figure__tools">
          <button
            type="button"
            class="button button--quiet"
            aria-pressed={as_table}
            aria-describedby={title}
            onClick={() => show_table(!as_table)}
          >
            {t("reports.as_table")}
          </button>
          <a class="button button--quiet" href={csv} download aria-label={t("reports.csv_of", { title: caption })}>
            <DownloadIcon size={18} />
            {t("reports.csv")}
          </a>
        </div>
      </header>
      {rows.length === 0 ? (
        <p class="figure__empty">{empty}</p>
      ) : (
        <>
          {!as_table && children}
          {as_table ? (
            // It scrolls by itself where it is long or wide, so the keyboard must reach it.
            <div class="figure__table" role="group" aria-labelledby={title} tabIndex={0}>
              <DataTable caption={caption} head={head} rows={rows} />
            </div>
          ) : (
            <div class="figure__table figure__table--unseen">
              <DataTable caption={caption} head={head} rows={rows} />
            </div>
          )}
        </>
      )}
    </section>
  );
}

export interface Bar {
  key: string;
  label: ComponentChildren;
  detail?: ComponentChildren;
  value: number;
  shown: string;
}

/** Bars from one side, the longest first or in their own order. Decoration beside the table. */
export function Bars({ bars }: { bars: Bar[] }): JSX.Element {
  const longest = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <ol class="bars" aria-hidden="true">
      {bars.map((bar) => (
        <li key={bar.key} class="bars__row">
          <span class="bars__label">
            {bar.label}
            {bar.detail && <span class="bars__detail">{bar.detail}</span>}
          </span>
          <span class="bars__number">{bar.shown}</span>
          <svg class="bars__bar" width="100%" height="8" focusable="false">
            <rect class="bars__ground" width="100%" height="8" rx="4" />
            {bar.value > 0 && (
              <rect class="bars__value" width={`${Math.max(0.6, (100 * bar.value) / longest)}%`} height="8" rx="4" />
            )}
          </svg>
        </li>
      ))}
    </ol>
  );
}
