import type { ComponentChildren, JSX, Ref } from "preact";

interface ButtonProps {
  children: ComponentChildren;
  kind?: "main" | "plain" | "quiet" | "danger";
  type?: "button" | "submit";
  /** For buttons whose content is only an icon. */
  label?: string;
  class?: string;
  disabled?: boolean;
  busy?: boolean;
  on_press?: () => void;
  button_ref?: Ref<HTMLButtonElement>;
}

/** A busy button keeps its focus: it says that it is busy instead of being disabled. */
export function Button({
  children,
  kind = "plain",
  type = "button",
  label,
  busy,
  on_press,
  ...rest
}: ButtonProps): JSX.Element {
  return (
    <button
      ref={rest.button_ref ?? null}
      type={type}
      class={`button button--${kind} ${rest.class ?? ""}`}
      aria-label={label}
      title={label}
      aria-disabled={busy || undefined}
      disabled={rest.disabled}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else on_press?.();
      }}
    >
      {children}
    </button>
  );
}
