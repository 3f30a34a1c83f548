// On hold, Moderated on hold and All holds: one list, seen from three places.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { can_be_decided, type Hold, type HoldQuery, type Scope } from "../api/holds";
import { act, type Choice } from "../app/acts";
import * as lists from "../app/hold_lists";
import { useKeys } from "../app/keys";
import { go, usePlace } from "../app/router";
import { page_of } from "../app/scopes";
import { when_renewed } from "../app/session";
import { useStore } from "../app/store";
import { ActionBar, type Allowed } from "../components/action_bar";
import { Button } from "../components/button";
import { Heading } from "../components/heading";
import { HoldRow } from "../components/hold_row";
import { HoldIcon, SearchIcon } from "../components/icons";
import { ListTools } from "../components/list_tools";
import { Empty, Failure, Skeleton } from "../components/notice";
import { t } from "../i18n";

function query_at(scope: Scope, asked: URLSearchParams): HoldQuery {
  return {
    scope,
    state: asked.get("state") === "decided" ? "decided" : "held",
    q: asked.get("q") ?? "",
    subject: asked.get("subject") ?? "",
    from: asked.get("from") ?? "",
    to: asked.get("to") ?? "",
    reason: asked.get("reason") ?? "",
    sort: asked.get("sort") === "received_at" ? "received_at" : "-received_at",
  };
}

function address_of(query: HoldQuery): string {
  const asked = new URLSearchParams();
  for (const name of ["q", "subject", "from", "to", "reason"] as const) if (query[name]) asked.set(name, query[name]);
  if (query.state !== "held") asked.set("state", query.state);
  if (query.sort !== "-received_at") asked.set("sort", query.sort);
  const text = asked.toString();
  return page_of(query.scope).path + (text ? `?${text}` : "");
}

/** What the buttons offer: an act that at least one of the chosen allows; the gateway answers for the others. */
function allowed_for(scope: Scope, chosen: Hold[]): Allowed {
  const any = (what: keyof Allowed) => chosen.some((hold) => hold.may[what]);
  return {
    release: any("release"),
    reject: any("reject"),
    report: any("report"),
    manage_sender: scope !== "moderated" && any("manage_sender"),
  };
}

function focused_row(): number {
  const row = document.activeElement?.closest("[data-hold]");
  return row ? [...document.querySelectorAll("[data-hold]")].indexOf(row) : -1;
}

function focus_row(at: number): void {
  const rows = document.querySelectorAll<HTMLElement>("[data-hold] .row__link");
  const link = rows[Math.min(Math.max(at, 0), rows.length - 1)];
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

export function HoldsPage({ scope }: { scope: Scope }): JSX.Element {
  const place = usePlace();
  const page = page_of(scope);
  const list = lists.list_of(scope);
  const state = useStore(list.store);
  const query = query_at(scope, place.query);
  const asked = JSON.stringify(query);
  const [busy, set_busy] = useState(false);
  const last_selected = useRef<string | null>(null);
  const all_box = useRef<HTMLInputElement>(null);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => lists.show(scope, query), [asked]);
  useEffect(() => when_renewed(() => lists.reload(scope)), [scope]);

  const returning = useRef(list.opened !== null && state.rows.some((hold) => hold.id === list.opened));

  // Coming back from a message, the list stands where it stood.
  useLayoutEffect(() => {
    const opened = list.opened;
    list.opened = null;
    scrollTo(0, opened ? list.scroll : 0);
    const link = opened && document.querySelector<HTMLElement>(`[data-hold="${CSS.escape(opened)}"] .row__link`);
    if (link) link.focus({ preventScroll: true });
    return () => {
      list.scroll = scrollY;
    };
  }, [list]);

  const { rows, selected, all_selected, phase, error, total, total_is_exact } = state;
  useEffect(() => {
    const mark = end.current;
    if (!mark || !state.next || error) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) lists.load_more(scope);
      },
      { rootMargin: "600px" },
    );
    watcher.observe(mark);
    return () => watcher.disconnect();
  }, [state.next, phase, error, scope]);

  const waiting = query.state === "held";
  const selectable = rows.filter(can_be_decided);
  const chosen = rows.filter((hold) => selected.has(hold.id));
  const some = all_selected || selected.size > 0;
  const filtered = Boolean(query.q || query.subject || query.from || query.to || query.reason);

  useEffect(() => {
    if (all_box.current) all_box.current.indeterminate = selected.size > 0 && selected.size < selectable.length;
  });

  const carry_out = async (choice: Choice, ids: string[] | null) => {
    const at = focused_row();
    set_busy(true);
    await act(choice, ids ? { ids } : { all_in: scope });
    set_busy(false);
    // The pressed button may be gone with its row or its selection; the focus must not fall to the page's top.
    requestAnimationFrame(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      if (at >= 0) focus_row(at);
      else all_box.current?.focus();
    });
  };

  const choose = (hold: Hold, on: boolean, range: boolean) => {
    const from = rows.findIndex((row) => row.id === last_selected.current);
    const to = rows.indexOf(hold);
    last_selected.current = hold.id;
    const span = range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [hold];
    lists.select(
      scope,
      span.filter((row) => selectable.includes(row)).map((row) => row.id),
      on,
    );
  };

  useKeys({
    j: () => focus_row(focused_row() + 1),
    k: () => focus_row(Math.max(0, focused_row() - 1)),
    x: () => {
      const hold = rows[focused_row()];
      if (hold && selectable.includes(hold)) choose(hold, !selected.has(hold.id), false);
    },
    "/": () => document.querySelector<HTMLInputElement>(".search input")?.focus(),
  });

  const change = (part: Partial<HoldQuery>) =>
    go(address_of({ ...query_at(scope, new URLSearchParams(location.search)), ...part }), "replace");
  const count =
    phase === "loading" && rows.length === 0
      ? ""
      : total_is_exact
        ? t("holds.count", { n: total })
        : t("holds.count_about", { n: total });

  const select_rest = waiting && selected.size > 0 && selected.size === selectable.length && state.next !== null;
  const head = (
    <div class={`list__head ${some ? "list__head--on" : ""}`}>
      <label class="check">
        <input
          ref={all_box}
          type="checkbox"
          aria-label={t("holds.select_page")}
          checked={selectable.length > 0 && selected.size >= Math.min(selectable.length, lists.selected_at_most)}
          disabled={selectable.length === 0}
          onClick={(event) =>
            lists.select(
              scope,
              selectable.map((hold) => hold.id),
              event.currentTarget.checked,
            )
          }
        />
      </label>
      <p class="list__count" role="status">
        {!some
          ? count
          : all_selected
            ? total_is_exact
              ? t("holds.selected_all", { n: total })
              : t("holds.selected_all_about")
            : t("holds.selected", { n: selected.size })}
      </p>
      {select_rest && !all_selected && (
        <Button kind="quiet" class="list__rest" on_press={() => lists.select_all_matching(scope, true)}>
          {total_is_exact ? t("holds.select_all", { n: total }) : t("holds.select_all_about")}
        </Button>
      )}
      {some && (
        <>
          <Button
            kind="quiet"
            class="list__none"
            on_press={() => {
              lists.select_all_matching(scope, false);
              all_box.current?.focus();
            }}
          >
            {t("holds.select_none")}
          </Button>
          <div class="list__actions">
            <ActionBar
              allowed={allowed_for(scope, chosen)}
              busy={busy}
              on_act={(choice) => void carry_out(choice, all_selected ? null : [...selected])}
            />
          </div>
        </>
      )}
    </div>
  );

  return (
    <div class={`page page--list ${some ? "page--selecting" : ""}`}>
      <header class="page__head">
        <Heading name={t(page.title)} takes_focus={!returning.current}>
          {t(page.title)}
        </Heading>
        <p class="page__lead">{t(page.lead)}</p>
      </header>
      <ListTools query={query} on_change={change} />
      {error && (
        <Failure
          error={error}
          on_retry={() => (rows.length && state.next ? lists.load_more(scope) : lists.reload(scope))}
        />
      )}
      <section
        class={`card list ${phase === "loading" && rows.length ? "list--stale" : ""}`}
        aria-label={t("holds.list")}
      >
        {rows.length > 0 && head}
        {rows.length > 0 && (
          <ul class="list__rows">
            {rows.map((hold) => (
              <HoldRow
                key={hold.id}
                hold={hold}
                scope={scope}
                selected={all_selected || selected.has(hold.id)}
                on_select={(on, range) => choose(hold, on, range)}
                on_act={(choice) => void carry_out(choice, [hold.id])}
              />
            ))}
          </ul>
        )}
        {rows.length === 0 && phase === "loading" && <Skeleton rows={8} />}
        {rows.length === 0 &&
          phase === "ready" &&
          !error &&
          (filtered ? (
            <Empty icon={<SearchIcon size={28} />} title={t("holds.empty_match")} text={t("holds.empty_match_text")} />
          ) : !waiting ? (
            <Empty
              icon={<HoldIcon size={28} />}
              title={t("holds.empty_decided")}
              text={t("holds.empty_decided_text")}
            />
          ) : scope === "moderated" ? (
            <Empty
              icon={<HoldIcon size={28} />}
              title={t("holds.empty_moderated")}
              text={t("holds.empty_moderated_text")}
            />
          ) : (
            <Empty icon={<HoldIcon size={28} />} title={t("holds.empty")} text={t("holds.empty_text")} />
          ))}
        {rows.length > 0 && (
          <div class="list__end" ref={end}>
            {state.next ? (
              <Button kind="quiet" busy={phase === "loading_more"} on_press={() => lists.load_more(scope)}>
                {phase === "loading_more" ? t("holds.loading_more") : t("holds.more")}
              </Button>
            ) : (
              rows.length > lists.page_size && <p class="faint">{t("holds.end")}</p>
            )}
          </div>
        )}
      </section>
    </div>
  );
}
