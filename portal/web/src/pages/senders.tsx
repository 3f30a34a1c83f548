// Managed senders: four lists, and a field that takes many entries at once and keeps what could not be added.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import {
  type AddResult,
  type EntryType,
  type SenderEntry,
  type SenderList,
  type SenderPage,
  senders_api,
} from "../api/senders";
import { go, usePlace } from "../app/router";
import { when_renewed } from "../app/session";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { Button } from "../components/button";
import { Heading } from "../components/heading";
import { SendersIcon, TrashIcon, WarnIcon } from "../components/icons";
import { SearchField } from "../components/list_tools";
import { Empty, Failure, Skeleton } from "../components/notice";
import { Foreign, Time } from "../components/text";
import { isolated, t, tx } from "../i18n";
import { distance } from "../i18n/format";

const all_lists: SenderList[] = ["blocked", "permitted", "auto_permitted", "trusted"];
const separators = /[\s,;]+/u;

/** Each entry once, in the order typed. */
export const split_entries = (text: string) => [...new Set(text.split(separators).filter(Boolean))];

function AddForm({
  list,
  on_added,
}: {
  list: Exclude<SenderList, "auto_permitted">;
  on_added: () => void;
}): JSX.Element {
  const [text, set_text] = useState("");
  const [problems, set_problems] = useState<AddResult["problems"]>([]);
  const [failure, set_failure] = useState<string | null>(null);
  const [busy, set_busy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const wrong = failure !== null || problems.length > 0;

  const add = async () => {
    const entries = split_entries(text);
    set_problems([]);
    if (entries.length === 0 || (list === "trusted" && entries.length > 1)) {
      set_failure(t(entries.length === 0 ? "senders.add_empty" : "senders.add_single"));
      field.current?.focus();
      return;
    }
    set_failure(null);
    set_busy(true);
    try {
      const result = await senders_api.add(list, entries);
      if (result.added.length > 0) {
        say("done", t("senders.added", { n: result.added.length }));
        on_added();
      }
      set_problems(result.problems);
      set_text(result.problems.map((problem) => problem.entry).join("\n"));
    } catch (thrown) {
      set_failure(in_words(thrown));
    } finally {
      set_busy(false);
      field.current?.focus();
    }
  };

  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void add();
      }}
    >
      <label class="add__label" for={id}>
        {t(`senders.add_${list}`)}
      </label>
      <div class="add__line">
        <textarea
          ref={field}
          id={id}
          rows={Math.min(6, Math.max(1, text.split("\n").length))}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          aria-describedby={`${id}-hint ${id}-problems`}
          aria-invalid={wrong}
          onInput={(event) => set_text(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Enter adds, as in any one-line field; Shift+Enter starts a line.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            if (!busy) void add();
          }}
        />
        <Button kind="main" type="submit" busy={busy}>
          {t("senders.add")}
        </Button>
      </div>
      <p class="add__hint" id={`${id}-hint`}>
        {t(list === "trusted" ? "senders.add_hint_one" : "senders.add_hint")}
      </p>
      <div id={`${id}-problems`} role="alert">
        {failure && (
          <p class="add__failure">
            <WarnIcon size={16} />
            {failure}
          </p>
        )}
        {problems.length > 0 && (
          <div class="add__problems">
            <p class="add__failure">
              <WarnIcon size={16} />
              {t("senders.problems", { n: problems.length })}
            </p>
            <ul>
              {problems.map(({ entry, problem }) => (
                <li key={entry}>
                  <Foreign text={entry} class="mono" /> <Foreign text={problem} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </form>
  );
}

interface Shown {
  page: SenderPage | null;
  error: ApiError | null;
}

function Entries({ list, news, on_changed }: { list: SenderList; news: number; on_changed: () => void }): JSX.Element {
  const [q, set_q] = useState("");
  const [type, set_type] = useState<EntryType | "">("");
  const [{ page, error }, set_shown] = useState<Shown>({ page: null, error: null });
  const [more, set_more] = useState(false);
  const [asked, ask_again] = useState(0);
  const heading = useRef<HTMLParagraphElement>(null);
  const name = useId();

  useEffect(() => when_renewed(() => ask_again((count) => count + 1)), []);
  useEffect(() => {
    const asking = new AbortController();
    senders_api.list(list, q, type, null, asking.signal).then(
      (got) => set_shown({ page: got, error: null }),
      (failure: unknown) => {
        if (asking.signal.aborted) return;
        if (!(failure instanceof ApiError)) throw failure;
        set_shown((before) => ({ ...before, error: failure }));
      },
    );
    return () => asking.abort();
  }, [list, q, type, news, asked]);

  const load_more = async () => {
    if (!page?.next || more) return;
    set_more(true);
    try {
      const got = await senders_api.list(list, q, type, page.next);
      set_shown({ page: { ...got, entries: [...page.entries, ...got.entries] }, error: null });
    } catch (failure) {
      say("problem", in_words(failure));
    } finally {
      set_more(false);
    }
  };

  const remove = async (entry: SenderEntry) => {
    try {
      await senders_api.remove(list, [entry.entry]);
    } catch (failure) {
      say("problem", in_words(failure));
      return;
    }
    const put_back = async () => {
      try {
        const { problems } = await senders_api.add(list, [entry.entry]);
        if (problems[0]) say("problem", problems[0].problem);
        else say("done", t("senders.put_back", { entry: isolated(entry.entry) }));
        on_changed();
      } catch (failure) {
        say("problem", in_words(failure));
      }
    };
    say(
      "done",
      t("senders.removed", { entry: isolated(entry.entry) }),
      list === "auto_permitted" ? undefined : put_back,
    );
    heading.current?.focus();
    on_changed();
  };

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
      </div>
      {error && <Failure error={error} on_retry={() => ask_again((count) => count + 1)} />}
      {!page && !error && <Skeleton rows={5} />}
      {page && (
        <>
          <p class="senders__count" role="status" tabIndex={-1} ref={heading}>
            {t("senders.count", { n: page.total })}
          </p>
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
                <li key={entry.entry} class="entry">
                  <span class="entry__text">
                    <Foreign text={entry.entry} class="entry__name" />
                    <span class="entry__added">
                      {entry.added_by
                        ? tx("senders.added_by", {
                            when: <Time at={entry.added_at} text={distance(entry.added_at)} />,
                            who: <Foreign text={entry.added_by} />,
                          })
                        : tx("senders.added_at", {
                            when: <Time at={entry.added_at} text={distance(entry.added_at)} />,
                          })}
                    </span>
                  </span>
                  <span class={`tag tag--${entry.type}`}>{t(`senders.kind_${entry.type}`)}</span>
                  <Button
                    kind="quiet"
                    label={t("senders.remove", { entry: isolated(entry.entry) })}
                    on_press={() => void remove(entry)}
                  >
                    <TrashIcon />
                  </Button>
                </li>
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

export function SendersPage(): JSX.Element {
  const place = usePlace();
  const asked = place.query.get("list");
  const list = all_lists.find((each) => each === asked) ?? "blocked";
  const [news, set_news] = useState(0);
  const changed = () => set_news((count) => count + 1);
  const id = useId();

  const choose = (next: SenderList) => go(`/senders?list=${next}`, "replace");
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = all_lists[(all_lists.indexOf(list) + step + all_lists.length) % all_lists.length]!;
    choose(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };

  return (
    <div class="page page--senders">
      <header class="page__head">
        <Heading name={t("senders.title")}>{t("senders.title")}</Heading>
        <p class="page__lead">{t("senders.lead")}</p>
      </header>
      <div class="tabs" role="tablist" aria-label={t("senders.tabs")} onKeyDown={move}>
        {all_lists.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            class="tab"
            aria-selected={each === list}
            aria-controls={`${id}-panel`}
            tabIndex={each === list ? 0 : -1}
            onClick={() => choose(each)}
          >
            {t(`senders.${each}`)}
          </button>
        ))}
      </div>
      <section class="card senders" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${list}`}>
        <p class="senders__text">{t(`senders.${list}_text`)}</p>
        {/* One form per list, all kept: what was typed in one is still there after a look at another. */}
        {all_lists.map((each) =>
          each === "auto_permitted" ? null : (
            <div key={each} hidden={each !== list}>
              <AddForm list={each} on_added={changed} />
            </div>
          ),
        )}
        <Entries key={list} list={list} news={news} on_changed={changed} />
      </section>
    </div>
  );
}
