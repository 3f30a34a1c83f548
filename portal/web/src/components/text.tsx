// What comes from mail is shown as text, kept apart from the writing direction around it, and never as markup.
import type { JSX } from "preact";
import { t } from "../i18n";
import { full_time } from "../i18n/format";
import { made_visible } from "../i18n/visible";

export function Foreign({ text, class: name }: { text: string; class?: string }): JSX.Element {
  return (
    <bdi dir="auto" class={name}>
      {made_visible(text)}
    </bdi>
  );
}

export const subject_or_stand_in = (subject: string) => made_visible(subject).trim() || t("holds.no_subject");

export function Subject({ text }: { text: string }): JSX.Element {
  return text.trim() ? <Foreign text={text} /> : <span class="faint">{t("holds.no_subject")}</span>;
}

/** A moment, with the whole date for those who want it. */
export function Time({ at, text }: { at: string; text: string }): JSX.Element {
  return (
    <time dateTime={at} title={full_time(at)}>
      {text}
    </time>
  );
}
