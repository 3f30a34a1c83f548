// The field that takes many senders at once. What is typed is checked as it comes, each entry with its own answer, and
// nothing is added while one of them is wrong.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { entries_max, senders_api, type EnteredList, type SenderChanges } from "../api/senders";
import { problem_words, split_entries, take_back, without_entries } from "../app/sender_changes";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { isolated, t } from "../i18n";
import { number } from "../i18n/format";
import { Button } from "./button";
import { CheckIcon, CloseIcon, WarnIcon } from "./icons";
import { Foreign } from "./text";

const pause = 400;
const lines_shown = 12;

interface Checked {
  entries: string[];
  changes: SenderChanges;
}

interface AddFormProps {
  list: EnteredList;
  own: string;
  on_added: () => void;
}

function Lines({
  checked,
  on_take_out,
}: {
  checked: Checked;
  on_take_out: (entries: string[]) => void;
}): JSX.Element {
  const { entries, changes } = checked;
  const wrong = new Set(changes.problems.map((problem) => problem.index));
  const from = new Map(changes.moved.map((each) => [each.entry, each.from]));
  const there = new Set(changes.unchanged);
  const right = entries.filter((_, at) => !wrong.has(at));
  const words_for = (entry: string) => {
    const key = entry.toLowerCase();
    const origin = from.get(key);
    if (origin) return t("senders.line_moves", { list: t(`senders.${origin}`) });
    return t(there.has(key) ? "senders.line_there" : "senders.line_ready");
  };
  return (
    <ul class="lines" aria-label={t("senders.lines")}>
      {changes.problems.map((problem) => (
        <li key={`${problem.index} ${problem.entry}`} class="line line--wrong">
          <WarnIcon size={16} />
          <span class="line__text">
            <Foreign text={problem.entry} class="line__entry" />
            <span class="line__words">{problem_words(problem)}</span>
          </span>
          <Button
            kind="quiet"
            class="line__out"
            label={t("senders.take_out", { entry: isolated(problem.entry) })}
            on_press={() => on_take_out([problem.entry])}
          >
            <CloseIcon size={16} />
          </Button>
        </li>
      ))}
      {right.slice(0, lines_shown).map((entry) => (
        <li key={entry} class="line">
          <CheckIcon size={16} />
          <span class="line__text">
            <Foreign text={entry} class="line__entry" />
            <span class="line__words">{words_for(entry)}</span>
          </span>
        </li>
      ))}
      {right.length > lines_shown && (
        <li class="line line--more">{t("senders.lines_more", { n: right.length - lines_shown })}</li>
      )}
    </ul>
  );
}

export function AddForm({ list, own, on_added }: AddFormProps): JSX.Element {
  const [text, set_text] = useState("");
  const [checked, set_checked] = useState<Checked | null>(null);
  const [failure, set_failure] = useState<string | null>(null);
  const [busy, set_busy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const asking = useRef<AbortController>();
  const id = useId();
  const problems = checked?.changes.problems ?? [];

  /** What is wrong before the gateway is asked. */
  const at_once = (entries: string[]): string | null => {
    if (list === "trusted" && entries.length > 1) return t("senders.add_single");
    return entries.length > entries_max ? t("senders.add_too_many", { n: entries_max }) : null;
  };

  useEffect(() => {
    asking.current?.abort();
    const entries = split_entries(text);
    set_failure(at_once(entries));
    if (entries.length === 0 || at_once(entries)) {
      set_checked(null);
      return;
    }
    const waiting = setTimeout(() => {
      const abort = (asking.current = new AbortController());
      senders_api.check(list, entries, own, abort.signal).then(
        (changes) => set_checked({ entries, changes }),
        (thrown: unknown) => {
          if (abort.signal.aborted) return;
          if (!(thrown instanceof ApiError)) throw thrown;
          // The check is a help: what keeps it from being made will be said when Add is pressed.
          set_checked(null);
        },
      );
    }, pause);
    return () => clearTimeout(waiting);
  }, [text, list, own]);

  const take_out = (entries: string[]) => {
    set_text(without_entries(text, new Set(entries)));
    field.current?.focus();
  };

  const add = async () => {
    const entries = split_entries(text);
    const early = entries.length === 0 ? t("senders.add_empty") : at_once(entries);
    if (early) {
      set_failure(early);
      field.current?.focus();
      return;
    }
    asking.current?.abort();
    set_failure(null);
    set_busy(true);
    try {
      const changes = await senders_api.add(list, entries, own);
      if (changes.problems.length > 0) {
        set_checked({ entries, changes });
        return;
      }
      const { added, moved } = changes.counts;
      const undo = async () => {
        try {
          await take_back(list, changes, own);
          say("done", t("done.undone_plain"));
        } catch (thrown) {
          say("problem", in_words(thrown));
        }
        on_added();
      };
      if (added + moved === 0) say("done", t("senders.nothing_new"));
      else {
        const words = [added && t("senders.added", { n: added }), moved && t("senders.moved_here", { n: moved })];
        say("done", words.filter(Boolean).join(" "), undo);
      }
      set_text("");
      set_checked(null);
      on_added();
    } catch (thrown) {
      set_failure(in_words(thrown));
    } finally {
      set_busy(false);
      field.current?.focus();
    }
  };

  const ready = checked && problems.length === 0 ? checked.entries.length : 0;
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
          dir="auto"
          value={text}
          aria-describedby={`${id}-hint ${id}-state ${id}-failure`}
          aria-invalid={failure !== null || problems.length > 0}
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
      <div id={`${id}-failure`} role="alert">
        {failure && (
          <p class="add__failure">
            <WarnIcon size={16} />
            {failure}
          </p>
        )}
      </div>
      <p class={`add__state ${problems.length > 0 ? "add__state--wrong" : ""}`} id={`${id}-state`} role="status">
        {problems.length > 0 && t("senders.problems", { n: checked?.changes.counts.problems ?? problems.length })}
        {ready > 0 && t("senders.ready", { n: ready })}
      </p>
      {checked && text && (
        <div class="add__checked">
          <Lines checked={checked} on_take_out={take_out} />
          {problems.length > 1 && (
            <Button on_press={() => take_out(problems.map((problem) => problem.entry))}>
              {t("senders.take_out_all")} ({number(problems.length)})
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
