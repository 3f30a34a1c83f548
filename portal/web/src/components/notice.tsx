// What stands in place of content: nothing there, or it could not be fetched.
import type { ComponentChildren, JSX } from "preact";
import { in_words } from "../app/words_for_errors";
import { t } from "../i18n";
import { Button } from "./button";
import { WarnIcon } from "./icons";

export function Empty({ icon, title, text }: { icon: ComponentChildren; title: string; text?: string }): JSX.Element {
  return (
    <div class="empty">
      <span class="empty__icon">{icon}</span>
      <p class="empty__title">{title}</p>
      {text && <p class="empty__text">{text}</p>}
    </div>
  );
}

export function Failure({ error, on_retry }: { error: unknown; on_retry?: () => void }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <WarnIcon />
      <p>{in_words(error)}</p>
      {on_retry && <Button on_press={on_retry}>{t("error.retry")}</Button>}
    </div>
  );
}

export function Skeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{t("app.loading")}</span>
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} class="skeleton__row" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
