// The rules in force in their order, which step comes before which, and what they would say to a described mail.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { admin_api, type Rule, type RulesInForce } from "../api/admin";
import { ApiError } from "../api/client";
import { when_renewed } from "../app/session";
import { ExplainForm } from "../components/explain_form";
import { Heading } from "../components/heading";
import { SkipIcon } from "../components/icons";
import { Empty, Failure, Skeleton } from "../components/notice";
import { Foreign } from "../components/text";
import { t, type Key } from "../i18n";
import type { English } from "../i18n/catalogue";
import { en } from "../i18n/en";
import { number } from "../i18n/format";
import "../styles/rules.css";

const actions: Record<string, Key & `rules.${string}`> = {
  deliver: "rules.deliver",
  hold: "rules.hold",
  "hold user": "rules.hold_user",
  "hold moderator": "rules.hold_moderator",
  "hold administrator": "rules.hold_administrator",
  reject: "rules.reject",
  discard: "rules.discard",
};

function action_words({ action, hold_for }: Rule): string {
  const key = actions[action === "hold" && hold_for ? `hold ${hold_for}` : action] ?? actions[action];
  return key ? t(key as "rules.hold") : action;
}

function RuleRow({ rule, place }: { rule: Rule; place: number }): JSX.Element {
  return (
    <tr class="rule" role="row">
      <td role="cell" class="rule__number">{number(place)}</td>
      <th scope="row" role="rowheader" class="rule__name">
        <Foreign text={rule.name} />
        {rule.reason && rule.reason !== rule.name && (
          <span class="rule__reason">
            <Foreign text={rule.reason} />
          </span>
        )}
      </th>
      <td role="cell" class="rule__when">
        {rule.conditions.length === 0 ? (
          <span class="faint">{t("rules.always")}</span>
        ) : (
          <ul class="rule__conditions">
            {rule.conditions.map((condition, at) => (
              <li key={at}>
                <Foreign text={condition} />
              </li>
            ))}
          </ul>
        )}
        <span class="rule__stage">{t(`rules.stage_${rule.stage}`)}</span>
      </td>
      <td role="cell" class="rule__then">
        <span class={`verdict verdict--${rule.action}`}>{action_words(rule)}</span>
        {rule.moderators && rule.moderators.length > 0 && (
          <span class="rule__note">
            <Foreign text={rule.moderators.join(", ")} />
          </span>
        )}
        {rule.spam_check && <span class="rule__note">{t("rules.spam_check")}</span>}
        {rule.trusted_senders_may && <span class="rule__note">{t("rules.trusted_may")}</span>}
      </td>
      <td role="cell" class="rule__source">
        {t(rule.source === "file" ? "rules.source_file" : "rules.source_built_in")}
      </td>
    </tr>
  );
}

function RuleTable({ rules }: { rules: Rule[] }): JSX.Element {
  return (
    <section class="card rules" aria-labelledby="rules-list">
      <h2 id="rules-list">{t("rules.list")}</h2>
      {rules.length === 0 ? (
        <Empty icon={<SkipIcon size={28} />} title={t("rules.empty")} text={t("rules.empty_text")} />
      ) : (
        // Roles said again: on a phone the rows are laid out as blocks, and a table loses its own then.
        <table class="rules__table" role="table">
          <caption class="hidden">{t("rules.list")}</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{t("rules.number")}</th>
              <th scope="col" role="columnheader">{t("rules.name")}</th>
              <th scope="col" role="columnheader">{t("rules.conditions")}</th>
              <th scope="col" role="columnheader">{t("rules.action")}</th>
              <th scope="col" role="columnheader">{t("rules.source")}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rules.map((rule, at) => (
              <RuleRow key={`${rule.source} ${rule.name}`} rule={rule} place={at + 1} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The order is the program's own and fixed; its words are known here and said in the person's language. */
const steps = ["connection", "envelope", "deliver", "senders", "others", "nothing"] as const;

function step_words({ title, text }: RulesInForce["order"][number]): { title: string; text: string } {
  const known = steps.find((name) => (en as English)[`rules.step_${name}`] === title);
  return known ? { title: t(`rules.step_${known}`), text: t(`rules.step_${known}_text`) } : { title, text };
}

function Order({ order }: { order: RulesInForce["order"] }): JSX.Element | null {
  if (order.length === 0) return null;
  return (
    <section class="card order" aria-labelledby="rules-order">
      <h2 id="rules-order">{t("rules.order")}</h2>
      <p class="order__lead">{t("rules.order_lead")}</p>
      <ol class="order__steps">
        {order.map((each) => {
          const { title, text } = step_words(each);
          return (
            <li key={each.step} class="order__step">
              <span class="order__number" aria-hidden="true">
                {number(each.step)}
              </span>
              <span class="order__text">
                <strong>{title}</strong>
                <span>{text}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function RulesPage(): JSX.Element {
  const [rules, set_rules] = useState<RulesInForce | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [asked, ask_again] = useState(0);
  const again = () => ask_again((count) => count + 1);

  useEffect(() => when_renewed(again), []);
  useEffect(() => {
    const asking = new AbortController();
    set_error(null);
    admin_api.rules(asking.signal).then(set_rules, (failure: unknown) => {
      if (asking.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    });
    return () => asking.abort();
  }, [asked]);

  return (
    <div class="page page--rules">
      <header class="page__head">
        <Heading name={t("rules.title")}>{t("rules.title")}</Heading>
        <p class="page__lead">{t("rules.lead")}</p>
      </header>
      {error && <Failure error={error} on_retry={again} />}
      {!rules && !error && <Skeleton rows={6} />}
      {rules && (
        <>
          <RuleTable rules={rules.rules} />
          <Order order={rules.order} />
        </>
      )}
      <ExplainForm />
    </div>
  );
}
