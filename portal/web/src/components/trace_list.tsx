// The steps on the way to a verdict, each with its outcome: of a held message, and of one that was only described.
import type { JSX } from "preact";
import type { Outcome, TraceStep } from "../api/holds";
import { t, type Key } from "../i18n";
import { CheckIcon, QuestionIcon, RejectIcon, SkipIcon } from "./icons";
import { Foreign } from "./text";

const outcomes: Record<Outcome, { icon: JSX.Element; words: Key & `message.outcome_${string}`; class: string }> = {
  matched: { icon: <CheckIcon size={16} />, words: "message.outcome_matched", class: "step--matched" },
  "not matched": { icon: <RejectIcon size={16} />, words: "message.outcome_not_matched", class: "" },
  unknown: { icon: <QuestionIcon size={16} />, words: "message.outcome_unknown", class: "step--unknown" },
  skipped: { icon: <SkipIcon size={16} />, words: "message.outcome_skipped", class: "step--skipped" },
};

export function TraceList({
  steps,
  label,
  class: names = "",
}: {
  steps: TraceStep[];
  label: string;
  class?: string;
}): JSX.Element {
  return (
    <ol class={`trace ${names}`} aria-label={label}>
      {steps.map((step, at) => {
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
  );
}
