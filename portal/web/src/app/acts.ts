// Release, reject, report, block: ask where it matters, call, take the decided out of the lists, offer undo.
import { ApiError } from "../api/client";
import { type ActResult, type Hold, holds_api, type Scope } from "../api/holds";
import { ask_first } from "../components/dialog";
import { isolated, t } from "../i18n";
import {
  already_words,
  type Choice,
  done_words,
  filter_words,
  in_one_sentence,
  next_words,
  next_words_of_many,
} from "./act_words";
import { follow, follow_by_id } from "./jobs";
import {
  filter_of,
  find,
  is_filtered,
  is_listed,
  list_of,
  look_for_news,
  refresh_row,
  reload_all,
  select_all_matching,
  take_out,
} from "./hold_lists";
import { say, undo_time } from "./toasts";
import { in_words } from "./words_for_errors";

export type { Choice };

/** What to act on: these holds, or all that match what the list of a scope shows. */
export type Target = { ids: string[]; holds?: Hold[] } | { all_in: Scope };

function in_short(choice: Choice, result: ActResult, known: Hold[]): string {
  const done = new Set(result.done);
  const sentence = in_one_sentence(
    done_words(choice, result.count),
    next_words(
      choice,
      known.filter((hold) => done.has(hold.id)),
    ),
  );
  return result.told === false ? `${sentence} ${t("done.not_told")}` : sentence;
}

function confirm_report({ as }: Choice, n: number): Promise<boolean> {
  return ask_first({
    title: t(as === "phishing" ? "confirm.report_phishing" : "confirm.report_spam", { n }),
    text: t(n === 1 ? "confirm.report_text" : "confirm.report_text_many"),
    yes: t("confirm.report_yes"),
    danger: true,
  });
}

function confirm_all(choice: Choice, scope: Scope): Promise<boolean> {
  const { query, total, total_is_exact } = list_of(scope).store.get();
  const title = total_is_exact ? t(`confirm.all_${choice.action}`, { n: total }) : t(`confirm.about_${choice.action}`);
  const what = query && is_filtered(query) ? t("confirm.all_match", { filter: filter_words(query) }) : "";
  const meaning = [
    what,
    t("confirm.all_text"),
    choice.action === "report" ? t("confirm.report_text_many") : "",
    choice.sender || choice.action === "block"
      ? `${t("confirm.all_senders")} ${capital(next_words_of_many(choice))}.`
      : "",
    choice.action === "report" ? "" : t("confirm.all_undo"),
  ];
  return ask_first({
    title,
    text: meaning.filter(Boolean).join(" "),
    yes: t(`act.${choice.action}`),
    danger: choice.action !== "release",
  });
}

const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

async function undo(token: string, put_back: () => number): Promise<void> {
  try {
    const { count } = await holds_api.undo(token);
    const restored = put_back();
    say("done", count > 0 ? t("done.undone", { n: count }) : t("done.undone_plain"));
    if (restored < count) reload_all();
  } catch (failure) {
    const late = failure instanceof ApiError && (failure.status === 409 || failure.status === 404);
    say("problem", late ? t("done.undo_late") : in_words(failure));
  }
}

/** What has become of holds that could not be decided is shown in their rows, and told for the first of them. */
async function tell_problems(problems: ActResult["problems"]): Promise<void> {
  const [first] = problems;
  if (!first) return;
  let words = first.problem;
  try {
    const now = await holds_api.one(first.id);
    if (now.state !== "held") {
      refresh_row(now);
      words = already_words(now);
    }
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    // Then the gateway's own words have to do.
  }
  say("problem", problems.length === 1 ? words : t("done.problems", { n: problems.length, problem: isolated(words) }));
  if (problems.length > 1) for (const scope of ["mine", "moderated", "all"] as const) void look_for_news(scope);
}

async function act_on_all(choice: Choice, scope: Scope): Promise<boolean> {
  const { query } = list_of(scope).store.get();
  if (!query || !(await confirm_all(choice, scope))) return false;
  try {
    const job = await holds_api.act_on_all({ ...choice, match: { scope, ...filter_of(query) } });
    select_all_matching(scope, false);
    follow(job);
    return true;
  } catch (failure) {
    const running = failure instanceof ApiError && failure.status === 409 ? failure.problem.job : undefined;
    if (typeof running !== "string") {
      say("problem", in_words(failure));
      return false;
    }
    say("problem", t("jobs.another"));
    await follow_by_id(running).catch((trouble: unknown) => say("problem", in_words(trouble)));
    return false;
  }
}

/** True if the act was carried out, at least in part, or goes on as a job. Problems have been said when it returns. */
export async function act(choice: Choice, target: Target): Promise<boolean> {
  if ("all_in" in target) return act_on_all(choice, target.all_in);
  const { ids } = target;
  if (choice.action === "report" && !(await confirm_report(choice, ids.length))) return false;
  const known = target.holds ?? ids.flatMap((id) => find(id) ?? []);
  const asked = Date.now();
  try {
    const result = await holds_api.act({ ...choice, ids });
    const put_back = take_out(result.done);
    const { undo: token } = result;
    if (result.count > 0 || result.problems.length === 0) {
      const text = result.count > 0 ? in_short(choice, result, known) : t("done.nothing");
      say("done", text, token ? { until: asked + undo_time, run: () => undo(token, put_back) } : undefined);
    }
    await tell_problems(result.problems);
    // What was decided a second time is not among the rows that were taken out.
    if (result.done.some(is_listed)) reload_all();
    return result.count > 0;
  } catch (failure) {
    const [id] = ids;
    if (failure instanceof ApiError && failure.status === 409 && ids.length === 1 && id)
      await tell_problems([{ id, problem: in_words(failure) }]);
    else say("problem", in_words(failure));
    if (failure instanceof ApiError && failure.status === 404) reload_all();
    return false;
  }
}
