// Search, filters, order. What is typed is kept here and handed on after a short pause; the page keeps it in its address.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { HoldFilter, HoldQuery, Sort } from "../api/holds";
import { number } from "../i18n/format";
import { t } from "../i18n";
import { Button } from "./button";
import { CloseIcon, FilterIcon, SearchIcon } from "./icons";

const pause = 250;

/** A text that is handed on once the typing pauses; a change from outside (Back, Clear) shows at once. */
export function useTyped(
  value: string,
  hand_on: (value: string) => void,
): [string, (value: string, now?: boolean) => void] {
  const [typed, set_typed] = useState(value);
  const waiting = useRef<ReturnType<typeof setTimeout>>();
  const handed = useRef(value);
  const latest = useRef(hand_on);
  latest.current = hand_on;
  useEffect(() => {
    if (value !== handed.current) {
      handed.current = value;
      clearTimeout(waiting.current);
      set_typed(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const change = (next: string, now = false) => {
    set_typed(next);
    clearTimeout(waiting.current);
    const give = () => {
      handed.current = next;
      latest.current(next);
    };
    if (now) give();
    else waiting.current = setTimeout(give, pause);
  };
  return [typed, change];
}

interface SearchFieldProps {
  value: string;
  label: string;
  hint: string;
  on_change: (value: string) => void;
}

export function SearchField({ value, label, hint, on_change }: SearchFieldProps): JSX.Element {
  const [typed, change] = useTyped(value, on_change);
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        change(typed, true);
      }}
    >
      <SearchIcon />
      <input
        ref={input}
        type="search"
        name="q"
        autocomplete="off"
        spellcheck={false}
        aria-label={label}
        placeholder={hint}
        value={typed}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && typed === "") event.currentTarget.blur();
        }}
      />
      {typed && (
        <Button
          kind="quiet"
          label={t("holds.clear_search")}
          on_press={() => {
            change("", true);
            input.current?.focus();
          }}
        >
          <CloseIcon size={16} />
        </Button>
      )}
    </form>
  );
}

function FilterField({
  label,
  value,
  on_change,
}: {
  label: string;
  value: string;
  on_change: (value: string) => void;
}): JSX.Element {
  const [typed, change] = useTyped(value, on_change);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}

const filters = ["subject", "from", "to", "reason"] as const satisfies (keyof HoldFilter)[];

interface ListToolsProps {
  query: HoldQuery;
  /** Those one can choose from; a single one needs no choice. */
  mailboxes: string[];
  on_change: (part: Partial<HoldQuery>) => void;
}

export function ListTools({ query, mailboxes, on_change }: ListToolsProps): JSX.Element {
  const active = filters.filter((name) => query[name]).length + (query.owner ? 1 : 0);
  const [open, set_open] = useState(active > 0);
  const panel = useId();
  const mailbox = useId();
  return (
    <div class="tools">
      <div class="tools__line">
        <SearchField
          value={query.q}
          label={t("holds.search")}
          hint={t("holds.search_hint")}
          on_change={(q) => on_change({ q })}
        />
        <button
          type="button"
          class={`button button--plain tools__filter ${active ? "tools__filter--active" : ""}`}
          aria-expanded={open}
          aria-controls={panel}
          onClick={() => set_open(!open)}
        >
          <FilterIcon />
          <span class="tools__word">{t("holds.filter")}</span>
          {active > 0 && (
            <>
              <span class="badge" aria-hidden="true">
                {number(active)}
              </span>
              <span class="hidden">{t("holds.filter_active", { n: active })}</span>
            </>
          )}
        </button>
        <select
          class="select"
          aria-label={t("holds.state")}
          value={query.state}
          onChange={(event) => on_change({ state: event.currentTarget.value === "decided" ? "decided" : "held" })}
        >
          <option value="held">{t("holds.state_held")}</option>
          <option value="decided">{t("holds.state_decided")}</option>
        </select>
        <select
          class="select"
          aria-label={t("holds.sort")}
          value={query.sort}
          onChange={(event) => on_change({ sort: event.currentTarget.value as Sort })}
        >
          <option value="-received_at">{t("holds.sort_newest")}</option>
          <option value="received_at">{t("holds.sort_oldest")}</option>
        </select>
      </div>
      <div class="tools__filters" id={panel} hidden={!open}>
        {filters.map((name) => (
          <FilterField
            key={name}
            label={t(`holds.filter_${name}`)}
            value={query[name]}
            on_change={(value) => on_change({ [name]: value })}
          />
        ))}
        {mailboxes.length > 1 && (
          <div class="field">
            <label for={mailbox}>{t("holds.filter_mailbox")}</label>
            <select
              id={mailbox}
              class="select"
              value={query.owner}
              onChange={(event) => on_change({ owner: event.currentTarget.value })}
            >
              <option value="">{t("holds.mailbox_all")}</option>
              {mailboxes.map((address) => (
                <option key={address} value={address}>
                  {address}
                </option>
              ))}
            </select>
          </div>
        )}
        <Button
          kind="quiet"
          disabled={active === 0}
          on_press={() => on_change({ subject: "", from: "", to: "", reason: "", owner: "" })}
        >
          {t("holds.filter_clear")}
        </Button>
      </div>
    </div>
  );
}
