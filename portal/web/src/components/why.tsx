// Why a message is held: the answer in a sentence, and how it was found for those who ask.
import type { JSX } from "preact";
import type { HoldDetail } from "../api/holds";
import { t } from "../i18n";
import { reason_words } from "../i18n/reasons";
import { HoldIcon } from "./icons";
import { AuthenticationResults } from "./mail_findings";
import { Foreign } from "./text";
import { TraceList } from "./trace_list";

export function Why({ hold }: { hold: HoldDetail }): JSX.Element {
  const { why } = hold;
  return (
    <section class="card why">
      <h2 class="why__title">
        <HoldIcon />
        {t(hold.state === "held" ? "message.why" : "message.why_decided")}
      </h2>
      <p class="why__summary">
        <Foreign text={reason_words({ reason: why.summary || hold.reason, rule: hold.rule })} />
      </p>
      {why.rule && !why.summary.includes(why.rule) && (
        <p class="why__rule">
          {t("message.rule")} <Foreign text={why.rule} class="why__name" />
        </p>
      )}
      {hold.authentication && <AuthenticationResults found={hold.authentication} />}
      {why.trace.length > 0 && (
        <details class="fold">
          <summary>{t("message.trace")}</summary>
          <TraceList steps={why.trace} label={t("message.trace_caption")} />
        </details>
      )}
    </section>
  );
}
