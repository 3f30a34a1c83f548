import type { JSX } from "preact";
import { dismiss, useToasts, type Toast } from "../app/toasts";
import { t } from "../i18n";
import { Button } from "./button";
import { CheckIcon, CloseIcon, WarnIcon } from "./icons";

function Notice({ toast }: { toast: Toast }): JSX.Element {
  const { undo } = toast;
  return (
    <div class={`toast toast--${toast.kind}`}>
      <span class="toast__icon">{toast.kind === "done" ? <CheckIcon /> : <WarnIcon />}</span>
      <p class="toast__text">{toast.text}</p>
      {undo && (
        <button
          type="button"
          class="toast__undo"
          onClick={() => {
            dismiss(toast.key);
            void undo();
          }}
        >
          {t("done.undo")}
          <svg class="toast__clock" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
            <circle cx="10" cy="10" r="7.5" pathLength={100} />
          </svg>
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
  const of = (kind: Toast["kind"]) =>
    toasts.filter((toast) => toast.kind === kind).map((toast) => <Notice key={toast.key} toast={toast} />);
  return (
    <div class="toasts">
      <div role="alert">{of("problem")}</div>
      <div role="status">{of("done")}</div>
    </div>
  );
}
