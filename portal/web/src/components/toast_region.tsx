import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { dismiss, hold_toasts, undo_toast, useToasts, type Toast } from "../app/toasts";
import { t } from "../i18n";
import { Button } from "./button";
import { Countdown, useSecondsLeft } from "./countdown";
import { CheckIcon, CloseIcon, WarnIcon } from "./icons";

function Notice({ toast }: { toast: Toast }): JSX.Element {
  const seconds = useSecondsLeft(toast.undo?.until ?? 0);
  return (
    <div class={`toast toast--${toast.kind}`}>
      <span class="toast__icon">{toast.kind === "done" ? <CheckIcon /> : <WarnIcon />}</span>
      <p class="toast__text">{toast.text}</p>
      {seconds > 0 && (
        <button type="button" class="toast__undo" onClick={() => void undo_toast(toast)}>
          {t("done.undo")}
          <Countdown seconds={seconds} />
        </button>
      )}
      <Button kind="quiet" class="toast__close" label={t("error.dismiss")} on_press={() => dismiss(toast.key)}>
        <CloseIcon size={16} />
      </Button>
    </div>
  );
}

/** Both regions are always there, so that screen readers speak what comes into them. */
export function ToastRegion(): JSX.Element {
  const toasts = useToasts();
  const region = useRef<HTMLDivElement>(null);
  const of = (kind: Toast["kind"]) =>
    toasts.filter((toast) => toast.kind === kind).map((toast) => <Notice key={toast.key} toast={toast} />);
  return (
    <div
      class="toasts"
      ref={region}
      onPointerOver={() => hold_toasts(true)}
      onPointerOut={(event) => {
        if (!region.current?.contains(event.relatedTarget as Node | null)) hold_toasts(false);
      }}
      onFocusIn={() => hold_toasts(true)}
      onFocusOut={() => hold_toasts(false)}
    >
      <div role="alert">{of("problem")}</div>
      <div role="status">{of("done")}</div>
    </div>
  );
}
