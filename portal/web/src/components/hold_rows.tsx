// The rows of a list, of which only those near the screen are in the document. Rows come in groups; a group that
// is far away is an empty box of the height it had, so that ten thousand rows scroll like fifty.
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Hold, Scope } from "../api/holds";
import type { Choice } from "../app/acts";
import { t, useLanguage } from "../i18n";
import { HoldRow } from "./hold_row";

const group_size = 25;
/** How far beyond the screen rows are kept: about two screens each way, so that a fast wheel meets rows, not boxes. */
const margin = "1600px 0px";
/** Of one row in pixels, as last measured; rows are of one height at one width of the window. */
let row_height = 70;

interface RowProps {
  hold: Hold;
  scope: Scope;
  selected: boolean;
  on_select: (hold: Hold, on: boolean, range: boolean) => void;
  on_act: (hold: Hold, choice: Choice) => void;
}

/** Drawn again only if something of its own has changed. */
function Row({ hold, scope, selected, on_select, on_act }: RowProps): JSX.Element {
  const language = useLanguage();
  return useMemo(
    () => (
      <HoldRow
        hold={hold}
        scope={scope}
        selected={selected}
        on_select={(on, range) => on_select(hold, on, range)}
        on_act={(choice) => on_act(hold, choice)}
      />
    ),
    [hold, scope, selected, language],
  );
}

interface HoldRowsProps {
  rows: Hold[];
  scope: Scope;
  is_selected: (hold: Hold) => boolean;
  on_select: (hold: Hold, on: boolean, range: boolean) => void;
  on_act: (hold: Hold, choice: Choice) => void;
  /** A row that must be in the document from the start. */
  wanted: string | null;
}

export function HoldRows({ rows, scope, is_selected, on_select, on_act, wanted }: HoldRowsProps): JSX.Element {
  const groups = Math.ceil(rows.length / group_size);
  const [near, set_near] = useState<ReadonlySet<number>>(() => {
    const at = Math.max(0, Math.floor(rows.findIndex((hold) => hold.id === wanted) / group_size));
    return new Set([at - 1, at, at + 1]);
  });
  const seen = useRef(new Set<number>());
  const root = useRef<HTMLDivElement>(null);
  const latest = useRef({ on_select, on_act });
  latest.current = { on_select, on_act };
  const select = useCallback<RowProps["on_select"]>((...what) => latest.current.on_select(...what), []);
  const act = useCallback<RowProps["on_act"]>((...what) => latest.current.on_act(...what), []);

  useEffect(() => {
    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          const group = Number((target as HTMLElement).dataset.group);
          const count = target.querySelectorAll("[data-hold]").length;
          if (count > 0) row_height = boundingClientRect.height / count;
          if (isIntersecting) seen.current.add(group);
          else seen.current.delete(group);
        }
        // The focus must not vanish with its row.
        const focused = document.activeElement?.closest<HTMLElement>("[data-group]")?.dataset.group;
        set_near(new Set(focused === undefined ? seen.current : [...seen.current, Number(focused)]));
      },
      { rootMargin: margin },
    );
    for (const group of root.current?.children ?? []) watcher.observe(group);
    return () => watcher.disconnect();
  }, [groups]);

  return (
    <div ref={root}>
      {Array.from({ length: groups }, (_, group) => {
        const from = group * group_size;
        const part = rows.slice(from, from + group_size);
        const shown = near.has(group) || groups === 1;
        return (
          <div
            key={group}
            data-group={group}
            class={shown ? "list__group" : "list__group list__group--far"}
            style={shown ? {} : { blockSize: `${Math.round(part.length * row_height)}px` }}
          >
            {shown && (
              <ul
                class="list__rows"
                aria-label={groups > 1 ? t("holds.list_part", { from: from + 1, to: from + part.length }) : undefined}
              >
                {part.map((hold) => (
                  <Row
                    key={hold.id}
                    hold={hold}
                    scope={scope}
                    selected={is_selected(hold)}
                    on_select={select}
                    on_act={act}
                  />
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** The row that has the focus, and putting it there. Rows far from the screen are scrolled to first. */
export function focused_hold(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-hold]")?.dataset.hold ?? null;
}

export function focus_hold(rows: Hold[], at: number): void {
  const hold = rows[Math.min(Math.max(at, 0), rows.length - 1)];
  if (!hold) return;
  const focus = () => {
    const link = document.querySelector<HTMLElement>(`[data-hold="${CSS.escape(hold.id)}"] .row__link`);
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    return link !== null;
  };
  if (focus()) return;
  const group = Math.floor(rows.indexOf(hold) / group_size);
  const box = document.querySelector(`[data-group="${group}"]`);
  if (!box) return;
  const arrives = new MutationObserver(() => {
    if (focus()) arrives.disconnect();
  });
  arrives.observe(box, { childList: true, subtree: true });
  box.scrollIntoView({ block: "nearest" });
}
