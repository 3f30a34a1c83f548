// Why a message is held: the answer in a sentence, and how it was found for those who ask.
import type { JSX } from "preact";
import type { HoldDetail, Outcome } from "../api/holds";
import { t, type Key } from "../i18n";
import { reason_words } from "../i18n/reasons";
import { CheckIcon, HoldIcon, QuestionIcon, RejectIcon, SkipIcon } from "./icons";
import { AuthenticationResults } from "./mail_findings";
import { Foreign } from "./text";

const outcomes: Record<Outcome, { icon: JSX.Element; words: Key & `message.outcome_${string}`; class: string }> = {
  matched: { icon: <CheckIcon size={16} />, words: "message.outcome_matched", class: "step--matched" },
  "not matched": { icon: <RejectIcon size={16} />, words: "message.outcome_not_matched", class: "" },
  unknown: { icon: <QuestionIcon size={16} />, words: "message.outcome_unknown", class: "step--unknown" },
  skipped: { icon: <SkipIcon size={16} />, words: "message.outcome_skipped", class: "step--skipped" },
};

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
          <ol class="trace" aria-label={t("message.trace_caption")}>
            {why.trace.map((step, at) => {
              const outcome = outcomes[step.outcome] ?? outcomes.skipped;
              return (
                <li key={at} class={`step ${outcome.class}`}>
                  <span class="step__icon">{outcome.icon}</span>
                  <span class="step__text">
                    <span class="step__rule">
                      <Foreign text={step.rule || step.stage} />
                    </span>
                    <span class="step__outcome">{t(outcome.words)}</span>
                    {step.rule && step.stage && <span class="step__stage">{step.stage}</span>}
                    {step.detail && (
                      <span class="step__detail">
                        <Foreign text={step.detail} />
                      </span>
                    )}
                  </span>
                </li>
              );
            })}
          </ol>
        </details>
      )}
    </section>
  );
}
