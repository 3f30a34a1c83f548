// Reports: what came, what became of it, and what waits. Every chart is a table too, and a file.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { admin_api, type ReportTable, type Reports } from "../api/admin";
import { ApiError } from "../api/client";
import { go, usePlace } from "../app/router";
import { when_renewed } from "../app/session";
import { Bars, Figure } from "../components/figure";
import { Heading } from "../components/heading";
import { PrintIcon } from "../components/icons";
import { Failure, Skeleton } from "../components/notice";
import { StackedColumns, Swatch } from "../components/stacked_columns";
import { Foreign } from "../components/text";
import { direction_of, language_in_use, t, type Key } from "../i18n";
import { day_name } from "../i18n/figures";
import { full_time, number, time_zone } from "../i18n/format";
import { reason_words } from "../i18n/reasons";
import "../styles/reports.css";

const periods = [7, 14, 30];
/** From the ground up. */
const verdicts = ["delivered", "held", "rejected", "refused", "deferred", "discarded"] as const;
type Verdict = (typeof verdicts)[number];

interface Shown {
  reports: Reports;
  csv: (table: ReportTable) => string;
}

const sum_of = (reports: Reports, verdict: Verdict) => reports.per_day.reduce((sum, day) => sum + day[verdict], 0);

/** The verdicts with their numbers; each is left out of the chart, and taken in again, by a press. */
function Legend({
  reports,
  without,
  on_toggle,
}: {
  reports: Reports;
  without: ReadonlySet<Verdict>;
  on_toggle: (verdict: Verdict) => void;
}): JSX.Element {
  return (
    <ul class="legend" aria-label={t("reports.verdict")}>
      {verdicts.map((verdict) => (
        <li key={verdict}>
          <button
            type="button"
            class="legend__item"
            aria-pressed={!without.has(verdict)}
            onClick={() => on_toggle(verdict)}
          >
            <span class="legend__name">
              <Swatch name={verdict} />
              {t(`reports.${verdict}`)}
            </span>
            <span class="legend__number">{number(sum_of(reports, verdict))}</span>
            <span class="legend__text">{t(`reports.${verdict}_text`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function PerDay({ reports, csv }: Shown): JSX.Element {
  const [without, set_without] = useState<ReadonlySet<Verdict>>(new Set());
  const drawn = verdicts.filter((verdict) => !without.has(verdict));
  const toggle = (verdict: Verdict) => {
    const next = new Set(without);
    if (!next.delete(verdict)) next.add(verdict);
    set_without(next);
  };
  const nothing = verdicts.every((verdict) => sum_of(reports, verdict) === 0);
  return (
    <Figure
      caption={t("reports.per_day")}
      lead={t("reports.per_day_lead")}
      csv={csv("per_day")}
      empty={t("reports.empty")}
      head={[
        { text: t("reports.day") },
        ...verdicts.map((verdict) => ({ text: t(`reports.${verdict}`), numeric: true })),
        { text: t("reports.sum"), numeric: true },
      ]}
      rows={
        nothing
          ? []
          : reports.per_day.map((day) => ({
              key: day.day,
              cells: [
                <span class="data__day">
                  {day_name(day.day, { weekday: "short", day: "numeric", month: "short" })}
                </span>,
                ...verdicts.map((verdict) => number(day[verdict])),
                number(verdicts.reduce((sum, verdict) => sum + day[verdict], 0)),
              ],
            }))
      }
    >
      <Legend reports={reports} without={without} on_toggle={toggle} />
      <StackedColumns
        series={drawn.map((key) => ({ key, name: t(`reports.${key}`) }))}
        columns={reports.per_day.map((day) => ({
          key: day.day,
          label: day_name(day.day, { day: "numeric", month: "short" }),
          title: day_name(day.day, { dateStyle: "full" }),
          values: drawn.map((verdict) => day[verdict]),
        }))}
        mirrored={direction_of(language_in_use()) === "rtl"}
      />
    </Figure>
  );
}

interface Counted {
  name: string;
  count: number;
}

/** What the list leaves out, as its last row. */
const others_row = (others: number) =>
  others > 0 ? [{ key: "others", label: t("reports.others"), count: others }] : [];

/** A list of names with numbers: who sends, who receives. */
function Ranking({
  table,
  csv,
  named: counted,
  others,
}: { table: "top_senders" | "top_recipients"; named: Counted[]; others: number } & Pick<Shown, "csv">) {
  const rows = [
    ...counted.map((each) => ({ key: `name ${each.name}`, label: named(each.name), count: each.count })),
    ...others_row(others),
  ];
  return (
    <Figure
      caption={t(`reports.${table}`)}
      csv={csv(table)}
      empty={t("reports.empty")}
      head={[
        { text: t(table === "top_senders" ? "reports.sender" : "reports.recipient") },
        { text: t("reports.count"), numeric: true },
      ]}
      rows={rows.map((row) => ({ key: row.key, cells: [row.label, number(row.count)] }))}
    >
      <Bars
        bars={rows.map((row) => ({ key: row.key, label: row.label, value: row.count, shown: number(row.count) }))}
      />
    </Figure>
  );
}

const named = (name: string) => (name ? <Foreign text={name} /> : <span class="faint">{t("holds.no_sender")}</span>);

/** What stands for mail that no rule decided. */
const reasons_of_the_gateway: Record<string, Key & `reports.because_${string}`> = {
  "blocked by the recipient": "reports.because_blocked",
  "back end": "reports.because_back_end",
  "not our domain": "reports.because_not_ours",
  "routing characters": "reports.because_routing",
};

function Reasons({ reports, csv }: Shown): JSX.Element {
  const rows = [
    ...reports.top_reasons.map(({ rule, reason, count }, at) => {
      const ours = reasons_of_the_gateway[rule];
      const words = ours ? t(ours as "reports.because_blocked") : reason_words({ rule, reason });
      return { key: `${at}`, label: <Foreign text={words} />, rule: ours || words.includes(rule) ? "" : rule, count };
    }),
    ...others_row(reports.others?.top_reasons ?? 0).map((row) => ({ ...row, rule: "" })),
  ];
  return (
    <Figure
      caption={t("reports.top_reasons")}
      csv={csv("top_reasons")}
      empty={t("reports.empty")}
      head={[{ text: t("reports.reason") }, { text: t("reports.rule") }, { text: t("reports.count"), numeric: true }]}
      rows={rows.map((row) => ({ key: row.key, cells: [row.label, <Foreign text={row.rule} />, number(row.count)] }))}
    >
      <Bars
        bars={rows.map((row) => ({
          key: row.key,
          label: row.label,
          detail: row.rule ? <Foreign text={row.rule} /> : undefined,
          value: row.count,
          shown: number(row.count),
        }))}
      />
    </Figure>
  );
}

function age_words({ from_days, to_days }: Reports["waiting"][number]): string {
  if (to_days === null) return t("reports.age_over", { n: from_days });
  if (from_days === 0) return t("reports.age_under", { n: to_days });
  return t("reports.age_between", { from: from_days, to: to_days });
}

function Waiting({ reports, csv }: Shown): JSX.Element {
  const { user, moderator, administrator } = reports.waiting_by_kind;
  const rows = reports.waiting.map((each) => ({ ...each, words: age_words(each) }));
  return (
    <Figure
      caption={t("reports.waiting")}
      lead={t("reports.waiting_lead", { users: user, moderators: moderator, administrators: administrator })}
      csv={csv("waiting")}
      empty={t("holds.empty")}
      head={[{ text: t("reports.age") }, { text: t("reports.count"), numeric: true }]}
      rows={
        rows.every((each) => each.count === 0)
          ? []
          : rows.map((each) => ({ key: `${each.from_days}`, cells: [each.words, number(each.count)] }))
      }
    >
      <Bars
        bars={rows.map((each) => ({
          key: `${each.from_days}`,
          label: each.words,
          value: each.count,
          shown: number(each.count),
        }))}
      />
    </Figure>
  );
}

export function ReportsPage(): JSX.Element {
  const asked_days = Number(usePlace().query.get("days"));
  const days = periods.includes(asked_days) ? asked_days : 7;
  const zone = time_zone();
  const [reports, set_reports] = useState<Reports | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [asked, ask_again] = useState(0);
  const again = () => ask_again((count) => count + 1);

  useEffect(() => when_renewed(again), []);
  useEffect(() => {
    const asking = new AbortController();
    set_error(null);
    admin_api.reports(days, zone, asking.signal).then(set_reports, (failure: unknown) => {
      if (asking.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    });
    return () => asking.abort();
  }, [days, zone, asked]);

  const csv = (table: ReportTable) => admin_api.report_url(table, days, zone);
  const date = (day: string) => day_name(day.slice(0, 10), { dateStyle: "medium" });
  return (
    <div class="page page--reports">
      <header class="page__head">
        <Heading name={t("reports.title")}>{t("reports.title")}</Heading>
        <p class="page__lead">{t("reports.lead")}</p>
      </header>
      <div class="reports__tools">
        <fieldset class="switch">
          <legend class="hidden">{t("reports.days")}</legend>
          {periods.map((each) => (
            <label key={each} class="switch__item">
              <input
                type="radio"
                name="days"
                checked={each === days}
                onChange={() => go(`/reports?days=${each}`, "replace")}
              />
              <span>{t("reports.days_n", { n: each })}</span>
            </label>
          ))}
        </fieldset>
        <button type="button" class="button button--plain reports__print" onClick={() => print()}>
          <PrintIcon size={18} />
          {t("reports.print")}
        </button>
        {reports && (
          <p class="reports__span" role="status">
            {t("reports.span", {
              from: date(reports.per_day[0]?.day ?? reports.from),
              to: date(reports.per_day.at(-1)?.day ?? reports.to),
              zone: reports.zone.replaceAll("_", " "),
            })}
            {reports.recorded_since !== null && reports.recorded_since > reports.from && (
              <> {t("reports.since", { when: full_time(reports.recorded_since) })}</>
            )}
          </p>
        )}
      </div>
      {error && <Failure error={error} on_retry={again} />}
      {!reports && !error && <Skeleton rows={6} />}
      {reports && (
        <div class="reports">
          <PerDay reports={reports} csv={csv} />
          <div class="reports__side">
            <Reasons reports={reports} csv={csv} />
            <Ranking
              table="top_senders"
              csv={csv}
              named={reports.top_senders.map((each) => ({ name: each.sender, count: each.count }))}
              others={reports.others?.top_senders ?? 0}
            />
          </div>
          <div class="reports__side">
            <Waiting reports={reports} csv={csv} />
            <Ranking
              table="top_recipients"
              csv={csv}
              named={reports.top_recipients.map((each) => ({ name: each.owner, count: each.count }))}
              others={reports.others?.top_recipients ?? 0}
            />
          </div>
        </div>
      )}
    </div>
  );
}
