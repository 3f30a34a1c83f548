// "What would become of this mail?": a described mail, the verdict in words, and every step on the way to it.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { admin_api, type Explained, type ExplainRequest } from "../api/admin";
import { in_words } from "../app/words_for_errors";
import { isolated, t, type Key } from "../i18n";
import { reason_words } from "../i18n/reasons";
import { Button } from "./button";
import { WarnIcon } from "./icons";
import { Foreign } from "./text";
import { TraceList } from "./trace_list";

const message_bytes_max = 1_000_000;

const verdicts: Record<string, Key & `explain.${string}`> = {
  deliver: "explain.deliver",
  hold: "explain.hold",
  reject: "explain.reject",
  discard: "explain.discard",
  temporary: "explain.temporary",
};
const holders: Record<string, Key & `explain.${string}`> = {
  user: "explain.hold_user",
  moderator: "explain.hold_moderator",
  administrator: "explain.hold_administrator",
};

function verdict_words({ verdict, hold_for }: Explained): string {
  const known = (verdict === "hold" && hold_for ? holders[hold_for] : undefined) ?? verdicts[verdict];
  return known ? t(known as "explain.hold") : t("explain.other", { verdict: isolated(verdict) });
}

function Answer({ explained }: { explained: Explained }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.focus(), [explained]);
  const kind = Object.hasOwn(verdicts, explained.verdict) ? explained.verdict : "other";
  return (
    <div class={`answer answer--${kind}`} ref={element} tabIndex={-1} role="group" aria-label={t("explain.title")}>
      <p class="answer__verdict">{verdict_words(explained)}</p>
      {explained.reason && (
        <p>
          <Foreign text={reason_words(explained)} />
        </p>
      )}
      {explained.rule && (
        <p class="answer__rule">
          {t("explain.rule")} <Foreign text={explained.rule} class="answer__name" />
        </p>
      )}
      {explained.trace.length > 0 && (
        <>
          <h3 class="answer__title">{t("explain.trace")}</h3>
          <TraceList steps={explained.trace} label={t("explain.trace")} class="answer__trace" />
        </>
      )}
    </div>
  );
}

type Fields = Required<ExplainRequest>;
const no_fields: Fields = { from: "", header_from: "", to: "", ip: "", message: "" };

export function ExplainForm(): JSX.Element {
  const [fields, set_fields] = useState(no_fields);
  const [explained, set_explained] = useState<Explained | null>(null);
  const [failure, set_failure] = useState<{ text: string; field: keyof Fields | null } | null>(null);
  const [busy, set_busy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  const refuse = (text: string, field: keyof Fields | null) => {
    set_failure({ text, field });
    set_explained(null);
    if (field) form.current?.querySelector<HTMLElement>(`[name=${field}]`)?.focus();
  };

  const explain = async () => {
    if (!fields.to.includes("@")) return refuse(t("explain.to_needed"), "to");
    if (new Blob([fields.message]).size > message_bytes_max) return refuse(t("explain.message_too_large"), "message");
    set_busy(true);
    set_failure(null);
    try {
      const request: ExplainRequest = { from: fields.from.trim(), to: fields.to.trim() };
      if (fields.header_from.trim()) request.header_from = fields.header_from.trim();
      if (fields.ip.trim()) request.ip = fields.ip.trim();
      if (fields.message.trim()) request.message = fields.message;
      set_explained(await admin_api.explain(request));
    } catch (thrown) {
      refuse(in_words(thrown), null);
    } finally {
      set_busy(false);
    }
  };

  const field = (name: Exclude<keyof Fields, "message">, label: string, hint = "") => (
    <div class="field">
      <label for={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        name={name}
        type="text"
        inputMode={name === "ip" ? "text" : "email"}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        dir="ltr"
        required={name === "to"}
        aria-invalid={failure?.field === name}
        aria-describedby={`${hint ? `${id}-${name}-hint` : ""} ${id}-failure`.trim()}
        value={fields[name]}
        onInput={(event) => set_fields({ ...fields, [name]: event.currentTarget.value })}
      />
      {hint && (
        <p class="explain__hint" id={`${id}-${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );

  return (
    <section class="card explain" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t("explain.title")}</h2>
      <p class="explain__lead">{t("explain.lead")}</p>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void explain();
        }}
      >
        <div class="explain__fields">
          {field("from", t("explain.from"), t("explain.from_hint"))}
          {field("header_from", t("explain.header_from"))}
          {field("to", t("explain.to"))}
          {field("ip", t("explain.ip"))}
          <div class="field explain__message">
            <label for={`${id}-message`}>{t("explain.message")}</label>
            <textarea
              id={`${id}-message`}
              name="message"
              class="mono"
              rows={5}
              dir="ltr"
              spellcheck={false}
              aria-invalid={failure?.field === "message"}
              aria-describedby={`${id}-message-hint ${id}-failure`}
              value={fields.message}
              onInput={(event) => set_fields({ ...fields, message: event.currentTarget.value })}
            />
            <p class="explain__hint" id={`${id}-message-hint`}>
              {t("explain.message_hint")}
            </p>
          </div>
        </div>
        <div role="alert" id={`${id}-failure`}>
          {failure && (
            <p class="explain__failure">
              <WarnIcon size={16} />
              {failure.text}
            </p>
          )}
        </div>
        <Button kind="main" type="submit" busy={busy}>
          {t("explain.submit")}
        </Button>
      </form>
      {explained && <Answer explained={explained} />}
    </section>
  );
}
