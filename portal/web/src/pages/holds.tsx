// On hold, Moderated on hold and All holds: one list, seen from three places.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { can_be_decided, type Hold, type HoldQuery, type Scope } from "../api/holds";
import { act, type Choice } from "../app/acts";
import * as lists from "../app/hold_lists";
import { job_runs, undo_job_if_open } from "../app/jobs";
import { useKeys } from "../app/keys";
import { go, usePlace } from "../app/router";
import { page_of } from "../app/scopes";
import { useSession, when_renewed } from "../app/session";
import { useStore } from "../app/store";
import { undo_newest } from "../app/toasts";
import { watch_for_news } from "../app/watch";
import { ActionBar, type Allowed } from "../components/action_bar";
import { Button } from "../components/button";
import { Heading } from "../components/heading";
import { focus_hold, focused_hold, HoldRows } from "../components/hold_rows";
import { HoldIcon, SearchIcon, UpIcon } from "../components/icons";
import { JobBanner } from "../components/job_banner";
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
    owner: asked.get("owner") ?? "",
    sort: asked.get("sort") === "received_at" ? "received_at" : "-received_at",
  };
}

function address_of(query: HoldQuery): string {
  const asked = new URLSearchParams();
  for (const name of ["q", "subject", "from", "to", "reason", "owner"] as const)
    if (query[name]) asked.set(name, query[name]);
  if (query.state !== "held") asked.set("state", query.state);
  if (query.sort !== "-received_at") asked.set("sort", query.sort);
  const text = asked.toString();
  return page_of(query.scope).path + (text ? `?${text}` : "");
}

/**
 * What the buttons offer: an act that at least one of the chosen allows; the gateway answers for the others. All that
 * match may be mail of many people, whose lists of senders are nobody else's to change.
 */
function allowed_for(scope: Scope, chosen: Hold[], all: boolean): Allowed {
  const lists_too = scope === "mine" || (scope === "all" && !all);
  const any = (what: keyof Allowed) => chosen.some((hold) => hold.may[what]);
  return {
    release: any("release"),
    reject: any("reject"),
    report: any("report"),
    manage_sender: lists_too && any("manage_sender"),
  };
}

/** The mailboxes one's own list is made of. */
function useMailboxes(scope: Scope): string[] {
  const session = useSession();
  if (scope !== "mine" || !("person" in session)) return [];
  const { addresses, acts_for } = session.person;
  return [...new Set([...addresses, ...(acts_for ?? [])])];
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
  // While a job decides row after row, its own end brings the list up to date.
  useEffect(() => watch_for_news(() => !job_runs() && void lists.look_for_news(scope)), [scope]);

  const mailboxes = useMailboxes(scope);
  const returning = useRef(state.rows.some((hold) => hold.id === list.opened) ? list.opened : null);

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

  const { rows, selected, all_selected, phase, error, total, total_is_exact, news } = state;
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
  const filtered = lists.is_filtered(query);
  const focused_at = () => {
    const id = focused_hold();
    return id === null ? -1 : rows.findIndex((hold) => hold.id === id);
  };

  useEffect(() => {
    if (all_box.current)
      all_box.current.indeterminate =
        selected.size > 0 && selected.size < Math.min(selectable.length, lists.selected_at_most);
  });

  const carry_out = async (choice: Choice, ids: string[] | null) => {
    if (busy) return;
    const at = focused_at();
    set_busy(true);
    await act(choice, ids ? { ids } : { all_in: scope });
    set_busy(false);
    // The pressed button may be gone with its row or its selection; the focus must not fall to the page's top.
    requestAnimationFrame(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      if (at >= 0) focus_hold(list.store.get().rows, at);
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

  const step = (by: number) => {
    const at = focused_at() + by;
    if (at >= rows.length) lists.load_more(scope);
    focus_hold(rows, at);
  };
  const toggle = (range: boolean) => {
    const hold = rows[focused_at()];
    if (hold && can_be_decided(hold)) choose(hold, range || !selected.has(hold.id), range);
  };
  /** On what is selected; else on the row that has the focus. */
  const act_by_key = (choice: Choice, right: "release" | "reject" | "report") => {
    const hold = rows[focused_at()];
    if (some) {
      if (allowed_for(scope, chosen, all_selected)[right]) void carry_out(choice, all_selected ? null : [...selected]);
    } else if (hold?.may[right]) void carry_out(choice, [hold.id]);
  };
  const undo = () => void (undo_newest() || undo_job_if_open());
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    x: () => toggle(false),
    X: () => toggle(true),
    r: () => act_by_key({ action: "release" }, "release"),
    e: () => act_by_key({ action: "reject" }, "reject"),
    "!": () => act_by_key({ action: "report", as: "spam" }, "report"),
    u: undo,
    z: undo,
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

  // So many can be named one by one; beyond that, and beyond what is loaded, only the filter reaches.
  const selectable_here = Math.min(selectable.length, lists.selected_at_most);
  const more_match = state.next !== null || selectable.length > selectable_here;
  const select_rest = waiting && selected.size > 0 && selected.size >= selectable_here && more_match;
  const head = (
    <div class={`list__head ${some ? "list__head--on" : ""}`}>
      <label class="check">
        <input
          ref={all_box}
          type="checkbox"
          aria-label={t("holds.select_page")}
          checked={selectable_here > 0 && selected.size >= selectable_here}
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
              allowed={allowed_for(scope, chosen, all_selected)}
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
        <Heading name={t(page.title)} takes_focus={returning.current === null}>
          {t(page.title)}
        </Heading>
        <p class="page__lead">{t(page.lead)}</p>
      </header>
      <ListTools query={query} mailboxes={mailboxes} on_change={change} />
      <JobBanner />
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
        <div class="list__news" role="status">
          {news.length > 0 && (
            <Button
              kind="main"
              on_press={() => {
                lists.show_news(scope);
                scrollTo(0, 0);
                focus_hold(list.store.get().rows, 0);
              }}
            >
              <UpIcon size={16} />
              {t(waiting ? "holds.news" : "holds.news_decided", { n: news.length })}
            </Button>
          )}
        </div>
        {rows.length > 0 && (
          <HoldRows
            rows={rows}
            scope={scope}
            is_selected={(hold) => (all_selected ? can_be_decided(hold) : selected.has(hold.id))}
            on_select={choose}
            on_act={(hold, choice) => void carry_out(choice, [hold.id])}
            wanted={returning.current}
          />
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
