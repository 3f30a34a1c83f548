// The entries of one list: searched and sorted by the gateway; removed or moved one by one or many at once.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import {
  entries_max,
  senders_api,
  type EnteredList,
  type EntryType,
  type SenderEntry,
  type SenderList,
  type SenderPage,
  type SenderSort,
} from "../api/senders";
import { problem_words, take_back } from "../app/sender_changes";
import { when_renewed } from "../app/session";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { isolated, t, tx } from "../i18n";
import { distance } from "../i18n/format";
import { Button } from "./button";
import { DownIcon, MoveIcon, SendersIcon, TrashIcon } from "./icons";
import { SearchField } from "./list_tools";
import { Menu, type MenuItem } from "./menu";
import { Empty, Failure, Skeleton } from "./notice";
import { Foreign, Time } from "./text";

const entered_lists: EnteredList[] = ["blocked", "permitted", "trusted"];

interface RowProps {
  entry: SenderEntry;
  selected: boolean;
  moves: MenuItem[];
  on_select: (on: boolean) => void;
  on_remove: () => void;
}

function Row({ entry, selected, moves, on_select, on_remove }: RowProps): JSX.Element {
  const name = isolated(entry.entry);
  const when = <Time at={entry.added_at} text={distance(entry.added_at)} />;
  return (
    <li class={`entry ${selected ? "entry--selected" : ""}`}>
      <label class="check">
        <input
          type="checkbox"
          aria-label={t("senders.select_one", { entry: name })}
          checked={selected}
          onChange={(event) => on_select(event.currentTarget.checked)}
        />
      </label>
      <span class="entry__text">
        <Foreign text={entry.entry} class="entry__name" />
        <span class="entry__added">
          {entry.added_by
            ? tx("senders.added_by", { when, who: <Foreign text={entry.added_by} /> })
            : tx("senders.added_at", { when })}
        </span>
      </span>
      <span class={`tag tag--${entry.type}`}>{t(`senders.kind_${entry.type}`)}</span>
      <Menu
        align="end"
        button_class="button button--quiet"
        label={t("senders.move_one", { entry: name })}
        items={moves}
        button={<MoveIcon />}
      />
      <Button kind="quiet" label={t("senders.remove", { entry: name })} on_press={on_remove}>
        <TrashIcon />
      </Button>
    </li>
  );
}

interface EntriesProps {
  list: SenderList;
  own: string;
  /** Grows when something was changed elsewhere. */
  news: number;
  on_changed: () => void;
}

export function Entries({ list, own, news, on_changed }: EntriesProps): JSX.Element {
  const [q, set_q] = useState("");
  const [type, set_type] = useState<EntryType | "">("");
  const [sort, set_sort] = useState<SenderSort>("entry");
  const [page, set_page] = useState<SenderPage | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [selected, set_selected] = useState<ReadonlySet<string>>(new Set());
  const [more, set_more] = useState(false);
  const [busy, set_busy] = useState(false);
  const [asked, ask_again] = useState(0);
  const count = useRef<HTMLParagraphElement>(null);
  const name = useId();
  const what = { list, q, type, sort, own };

  useEffect(() => when_renewed(() => ask_again((before) => before + 1)), []);
  useEffect(() => set_selected(new Set()), [q, type]);
  useEffect(() => {
    const asking = new AbortController();
    senders_api.list(what, null, asking.signal).then(
      (got) => {
        set_page(got);
        set_error(null);
        const shown = new Set(got.entries.map((entry) => entry.entry));
        set_selected((before) => new Set([...before].filter((entry) => shown.has(entry))));
      },
      (failure: unknown) => {
        if (asking.signal.aborted) return;
        if (!(failure instanceof ApiError)) throw failure;
        set_error(failure);
      },
    );
    return () => asking.abort();
  }, [list, q, type, sort, own, news, asked]);

  const load_more = async () => {
    if (!page?.next || more) return;
    set_more(true);
    try {
      const got = await senders_api.list(what, page.next);
      set_page({ ...got, entries: [...page.entries, ...got.entries] });
    } catch (failure) {
      say("problem", in_words(failure));
    } finally {
      set_more(false);
    }
  };

  /** Carries out a change of the list; what fails is said. The focus stays where the list is. */
  const change = async (work: () => Promise<void>) => {
    if (busy) return;
    set_busy(true);
    try {
      await work();
    } catch (failure) {
      say("problem", in_words(failure));
    } finally {
      set_busy(false);
    }
    count.current?.focus();
    on_changed();
  };
  const undone = (work: () => Promise<void>) => async () => {
    try {
      await work();
      say("done", t("done.undone_plain"));
    } catch (failure) {
      say("problem", in_words(failure));
    }
    on_changed();
  };

  const remove = (entries: string[]) =>
    change(async () => {
      const [only] = entries;
      await senders_api.remove(list, entries, own);
      set_selected(new Set());
      say(
        "done",
        entries.length === 1
          ? t("senders.removed", { entry: isolated(only!) })
          : t("senders.removed_many", { n: entries.length }),
        // What was learned cannot be entered.
        list === "auto_permitted"
          ? undefined
          : undone(async () => {
              const { problems } = await senders_api.add(list, entries, own);
              if (problems[0]) throw new ApiError(422, problem_words(problems[0]), null);
            }),
      );
    });

  const move = (entries: string[], to: EnteredList) =>
    change(async () => {
      const changes = await senders_api.move(list, to, entries, own);
      const [problem] = changes.problems;
      if (problem) {
        say("problem", `${isolated(problem.entry)}: ${problem_words(problem)}`);
        return;
      }
      set_selected(new Set());
      say(
        "done",
        t("senders.moved", { n: entries.length, list: t(`senders.${to}`) }),
        list === "auto_permitted" ? undefined : undone(() => take_back(to, changes, own)),
      );
    });

  const moves = (entries: string[]): MenuItem[] =>
    entered_lists
      // A person vouches for one sender at a time.
      .filter((to) => to !== list && (to !== "trusted" || entries.length === 1))
      .map((to) => ({
        key: to,
        label: t("senders.move_to", { list: t(`senders.${to}`) }),
        on_choose: () => void move(entries, to),
      }));

  const shown = page?.entries.slice(0, entries_max).map((entry) => entry.entry) ?? [];
  const chosen = [...selected];
  return (
    <>
      <div class="tools__line">
        <SearchField value={q} label={t("senders.search")} hint={t("senders.search")} on_change={set_q} />
        <fieldset class="switch">
          <legend class="hidden">{t("senders.type")}</legend>
          {(["", "address", "domain"] as const).map((each) => (
            <label key={each} class="switch__item">
              <input type="radio" name={name} checked={type === each} onChange={() => set_type(each)} />
              <span>{t(`senders.type_${each || "all"}`)}</span>
            </label>
          ))}
        </fieldset>
        <select
          class="select"
          aria-label={t("senders.sort")}
          value={sort}
          onChange={(event) => set_sort(event.currentTarget.value as SenderSort)}
        >
          <option value="entry">{t("senders.sort_entry")}</option>
          <option value="-added_at">{t("senders.sort_added")}</option>
        </select>
      </div>
      {error && <Failure error={error} on_retry={() => ask_again((before) => before + 1)} />}
      {!page && !error && <Skeleton rows={5} />}
      {page && (
        <>
          <div class={`entries__head ${chosen.length > 0 ? "entries__head--on" : ""}`}>
            {page.entries.length > 0 && (
              <label class="check">
                <input
                  type="checkbox"
                  aria-label={t("senders.select_all")}
                  checked={shown.length > 0 && chosen.length === shown.length}
                  ref={(box) => {
                    if (box) box.indeterminate = chosen.length > 0 && chosen.length < shown.length;
                  }}
                  onChange={(event) => set_selected(new Set(event.currentTarget.checked ? shown : []))}
                />
              </label>
            )}
            <p class="senders__count" role="status" tabIndex={-1} ref={count}>
              {chosen.length > 0 ? t("senders.selected", { n: chosen.length }) : t("senders.count", { n: page.total })}
            </p>
            {chosen.length > 0 && (
              <div class="entries__acts">
                <Menu
                  align="end"
                  button_class="button button--plain"
                  disabled={busy}
                  items={moves(chosen)}
                  button={
                    <>
                      {t("senders.move")}
                      <DownIcon size={16} />
                    </>
                  }
                />
                <Button busy={busy} on_press={() => void remove(chosen)}>
                  <TrashIcon size={18} />
                  {t("senders.remove_selected")}
                </Button>
              </div>
            )}
          </div>
          {page.entries.length === 0 ? (
            <Empty
              icon={<SendersIcon size={28} />}
              title={q || type ? t("senders.empty_match") : t(`senders.empty_${list}`)}
              {...(q || type
                ? {}
                : { text: t(list === "auto_permitted" ? "senders.empty_auto_text" : "senders.empty_text") })}
            />
          ) : (
            <ul class="entries">
              {page.entries.map((entry) => (
                <Row
                  key={entry.entry}
                  entry={entry}
                  selected={selected.has(entry.entry)}
                  moves={moves([entry.entry])}
                  on_select={(on) => {
                    const next = new Set(selected);
                    if (on && next.size < entries_max) next.add(entry.entry);
                    else next.delete(entry.entry);
                    set_selected(next);
                  }}
                  on_remove={() => void remove([entry.entry])}
                />
              ))}
            </ul>
          )}
          {page.next && (
            <div class="list__end">
              <Button kind="quiet" busy={more} on_press={() => void load_more()}>
                {t(more ? "holds.loading_more" : "holds.more")}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}
