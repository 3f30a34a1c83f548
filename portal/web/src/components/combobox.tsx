// A field that finds one of many by any part of its name, by the combobox pattern of the ARIA practices.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";

export interface Option {
  value: string;
  label: string;
  /** Shown beside the label, and found too. */
  note?: string;
}

interface ComboboxProps {
  label: string;
  options: Option[];
  value: string;
  on_choose: (value: string) => void;
}

const shown_at_most = 60;
const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[_/]/g, " ");

export function Combobox({ label, options, value, on_choose }: ComboboxProps): JSX.Element {
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  const [text, set_text] = useState<string | null>(null);
  const [at, set_at] = useState(-1);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();

  const open = text !== null;
  const words = folded(text ?? "")
    .split(/\s+/)
    .filter(Boolean);
  const found = open
    ? options
        .filter((option) => {
          const name = folded(`${option.label} ${option.value} ${option.note ?? ""}`);
          return words.every((word) => name.includes(word));
        })
        .slice(0, shown_at_most)
    : [];

  const close = () => {
    set_text(null);
    set_at(-1);
  };
  const choose = (option: Option | undefined) => {
    close();
    if (option && option.value !== value) on_choose(option.value);
  };

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const press = (event: KeyboardEvent) => {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        if (!open) return set_text("");
        const step = event.key === "ArrowDown" ? 1 : -1;
        return set_at(found.length === 0 ? -1 : (at + step + found.length) % found.length);
      }
      case "Enter":
        if (!open) return;
        event.preventDefault();
        return choose(found[Math.max(0, at)]);
      case "Escape":
        if (!open) return;
        event.preventDefault();
        return close();
      case "Tab":
        return close();
    }
  };

  return (
    <div class="field combobox" ref={root}>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        class="select"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        value={text ?? chosen}
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => {
          if (!open) set_text("");
        }}
        onInput={(event) => {
          set_text(event.currentTarget.value);
          set_at(-1);
        }}
        onKeyDown={press}
        onBlur={(event) => {
          if (!(event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget))) close();
        }}
      />
      <ul class="combobox__list" id={`${id}-list`} role="listbox" aria-label={label} hidden={!open} ref={list}>
        {found.map((option, index) => (
          <li
            key={option.value}
            id={`${id}-${index}`}
            role="option"
            class={`combobox__option ${index === at ? "combobox__option--at" : ""}`}
            aria-selected={option.value === value}
            // The field keeps the focus, so that its list stays until the choice is made.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(option)}
          >
            <span>{option.label}</span>
            {option.note && <span class="combobox__note">{option.note}</span>}
          </li>
        ))}
      </ul>
      <p class="combobox__none" role="status">
        {open && found.length === 0 && t("account.zone_none")}
      </p>
    </div>
  );
}
