// Release, reject, report, block: ask where it matters, call, take the decided out of the lists, offer undo.
import { ApiError } from "../api/client";
import {
  type Action,
  type ActRequest,
  type ActResult,
  holds_api,
  type ReportAs,
  type Scope,
  type SenderChange,
} from "../api/holds";
import { ask_first } from "../components/dialog";
import { isolated, language_in_use, t } from "../i18n";
import { filter_of, is_listed, list_of, reload_all, take_out } from "./hold_lists";
import { say } from "./toasts";
import { in_words } from "./words_for_errors";

export interface Choice {
  action: Action;
  sender?: SenderChange;
  as?: ReportAs;
}

/** What to act on: these holds, or all that match what the list of a scope shows. */
export type Target = { ids: string[] } | { all_in: Scope };

/** The gateway tells more than we can, but only in English. To block ends the hold as a rejection. */
function in_short(choice: Choice, result: ActResult): string {
  if (language_in_use() === "en" && result.summary) return result.summary;
  const parts = [t(`done.${choice.action === "block" ? "reject" : choice.action}`, { n: result.count })];
  if (choice.sender) parts.push(t(`done.${choice.sender}`));
  return parts.join(" ");
}

async function agreed(choice: Choice, target: Target): Promise<boolean> {
  if (choice.action === "report") {
    const count = "ids" in target ? target.ids.length : 0;
    const title =
      "all_in" in target
        ? t("confirm.report_all")
        : t(choice.as === "phishing" ? "confirm.report_phishing" : "confirm.report_spam", { n: count });
    const many = "all_in" in target ? ` ${t("confirm.many_text")}` : "";
    return ask_first({ title, text: t("confirm.report_text") + many, yes: t("confirm.report_yes"), danger: true });
  }
  if ("all_in" in target) {
    const { total, total_is_exact } = list_of(target.all_in).store.get();
    return ask_first({
      title: total_is_exact ? t("confirm.many", { n: total }) : t("confirm.many_about"),
      text: t("confirm.many_text"),
      yes: t(`act.${choice.action}`),
      danger: choice.action !== "release",
    });
  }
  return true;
}

function request_for(choice: Choice, target: Target): ActRequest {
  if ("ids" in target) return { ...choice, ids: target.ids };
  const { query } = list_of(target.all_in).store.get();
  if (!query) throw new Error("nothing is listed");
  return { ...choice, match: { scope: target.all_in, ...filter_of(query) } };
}

async function undo(token: string, put_back: () => number): Promise<void> {
  try {
    const { count } = await holds_api.undo(token);
    const restored = put_back();
    say("done", count > 0 ? t("done.undone", { n: count }) : t("done.undone_plain"));
    if (restored < count) reload_all();
  } catch (failure) {
    const late = failure instanceof ApiError && failure.status === 409;
    say("problem", late ? t("done.undo_late") : in_words(failure));
  }
}

/** True if the act was carried out, at least in part. Problems have been said when it returns. */
export async function act(choice: Choice, target: Target): Promise<boolean> {
  if (!(await agreed(choice, target))) return false;
  try {
    const result = await holds_api.act(request_for(choice, target));
    const put_back = take_out(result.done);
    const { undo: token } = result;
    if (result.count > 0 || result.problems.length === 0) {
      const text = result.count > 0 ? in_short(choice, result) : t("done.nothing");
      say("done", text, token ? () => undo(token, put_back) : undefined);
    }
    const first = result.problems[0];
    if (first) say("problem", t("done.problems", { n: result.problems.length, problem: isolated(first.problem) }));
    // What was decided unseen, or for a second time, is not among the rows that were taken out.
    if ("all_in" in target || result.done.some(is_listed)) reload_all();
    return result.count > 0;
  } catch (failure) {
    say("problem", in_words(failure));
    if (failure instanceof ApiError && (failure.status === 404 || failure.status === 409)) reload_all();
    return false;
  }
}
