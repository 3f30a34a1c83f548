// A button that opens a short list of actions, by the keyboard pattern of the ARIA practices: arrows, Home, End,
// first letters, Escape; focus goes back to the button. On a phone the list is a sheet at the bottom (list.css).
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  key: string;
  label: string;
  icon?: ComponentChildren;
  danger?: boolean;
  /** For a choice among several: whether this one holds. */
  chosen?: boolean;
  on_choose: () => void;
}

interface MenuProps {
  button: ComponentChildren;
  button_class: string;
  label?: string;
  items: (MenuItem | null)[];
  align?: "start" | "end";
  up?: boolean;
  disabled?: boolean;
  header?: ComponentChildren;
}

export function Menu({
  button,
  button_class,
  label,
  items,
  align = "start",
  up,
  disabled,
  header,
}: MenuProps): JSX.Element {
  const [open, set_open] = useState<"no" | "first" | "last">("no");
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();

  const choices = () => [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  const close = (return_focus: boolean) => {
    set_open("no");
    if (return_focus) trigger.current?.focus();
  };

  // Before anything else is painted: what is typed next belongs to the menu, and not to the page behind it.
  useLayoutEffect(() => {
    if (open === "no") return;
    const all = choices();
    all[open === "first" ? 0 : all.length - 1]?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  const move = (event: KeyboardEvent) => {
    const all = choices();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = (index: number) => {
      event.preventDefault();
      all[(index + all.length) % all.length]?.focus();
    };
    switch (event.key) {
      case "ArrowDown":
        return to(at + 1);
      case "ArrowUp":
        return to(at - 1);
      case "Home":
        return to(0);
      case "End":
        return to(all.length - 1);
      case "Escape":
        event.preventDefault();
        event.stopPropagation();
        return close(true);
      case "Tab":
        return close(true);
      default:
        if (event.key.length !== 1 || event.key === " ") return;
        for (let step = 1; step <= all.length; step += 1) {
          const index = (at + step) % all.length;
          if (all[index]?.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase())) return to(index);
        }
    }
  };

  return (
    <div class={`menu menu--${align} ${up ? "menu--up" : ""}`} ref={root}>
      <button
        ref={trigger}
        type="button"
        class={button_class}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open !== "no"}
        aria-controls={open !== "no" ? id : undefined}
        disabled={disabled}
        onClick={() => set_open(open === "no" ? "first" : "no")}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          set_open(event.key === "ArrowDown" ? "first" : "last");
        }}
      >
        {button}
      </button>
      {open !== "no" && (
        <>
          <div class="menu__shade" onClick={() => close(true)} />
          <div class="menu__sheet">
            {header}
            <div
              class="menu__list"
              role="menu"
              id={id}
              aria-label={label ?? trigger.current?.textContent ?? ""}
              onKeyDown={move}
            >
              {items.map((item, at) =>
                item ? (
                  <button
                    key={item.key}
                    type="button"
                    role={item.chosen === undefined ? "menuitem" : "menuitemradio"}
                    aria-checked={item.chosen}
                    tabIndex={-1}
                    class={`menu__item ${item.danger ? "menu__item--danger" : ""}`}
                    onClick={() => {
                      close(true);
                      item.on_choose();
                    }}
                  >
                    <span class="menu__icon">{item.icon}</span>
                    {item.label}
                  </button>
                ) : (
                  <div key={`line-${at}`} class="menu__line" role="separator" />
                ),
              )}
            </div>
          </div>
        </>
      )}
    </div>
  );
}
