// What an act did and what it means for the sender's next mail, in one sentence of the person's language.
import type { Action, Hold, HoldFilter, ReportAs, SenderChange } from "../api/holds";
import { isolated, t } from "../i18n";
import { distance, list_words } from "../i18n/format";

export interface Choice {
  action: Action;
  sender?: SenderChange;
  as?: ReportAs;
}

const domain_of = (address: string) => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** The one people mean: what the mail shows as its author; the envelope sender stands in where that is missing. */
export const sender_of = (hold: Hold) => hold.header_from.address || hold.sender;

/** Reporting and blocking always put the sender on the list. */
const change_of = ({ action, sender }: Choice): SenderChange | null =>
  sender ?? (action === "report" || action === "block" ? "block_sender" : null);

export function done_words(choice: Choice, count: number): string {
  if (choice.action === "report")
    return t(choice.as === "phishing" ? "done.report_phishing" : "done.report_spam", { n: count });
  return t(choice.action === "release" ? "done.release" : "done.reject", { n: count });
}

/** What happens to the next mail of these senders; empty where nobody can be named. */
export function next_words(choice: Choice, holds: Hold[]): string {
  const change = change_of(choice);
  // Reporting mail of others ends that mail and leaves their lists alone.
  const changed = change !== null && holds.every((hold) => hold.may.manage_sender);
  const by_domain = changed && change.endsWith("domain");
  const senders = holds.map(sender_of).filter(Boolean);
  const who = [...new Set(senders.map((address) => (by_domain ? domain_of(address) : address.toLowerCase())))];
  const [one] = who;
  if (one === undefined) return "";
  if (who.length > 1) {
    if (!changed) return t("next.checked_many");
    return change.startsWith("permit") ? t("next.permitted_many") : t("next.blocked_many");
  }
  const name = { who: isolated(one) };
  if (!changed) return t("next.checked", name);
  return t(`next.${change}`, name);
}

/** The same for all that matched, of whom only the number is known. */
export function next_words_of_many(choice: Choice): string {
  const change = change_of(choice);
  if (!change) return t("next.checked_many");
  return change.startsWith("permit") ? t("next.permitted_many") : t("next.blocked_many");
}

export const in_one_sentence = (done: string, next: string) =>
  next ? t("done.sentence", { done, next }) : t("done.sentence_short", { done });

/** Who was faster, and when. */
export function already_words(hold: Hold): string {
  const when = hold.decided_at ? distance(hold.decided_at) : "";
  const state = hold.state === "delivered" || hold.state === "failed" ? "released" : hold.state;
  if (state === "held" || !when) return t("error.conflict");
  if (state === "expired") return t("already.expired", { when });
  if (hold.acted_by_other === false) return t("already.own", { when });
  if (!hold.decided_by) return t("error.conflict");
  return t(`already.${state}`, { who: isolated(hold.decided_by), when });
}

/** A filter as a person would say it. */
export function filter_words(filter: HoldFilter): string {
  const parts: string[] = [];
  if (filter.q) parts.push(t("match.q", { text: isolated(filter.q) }));
  for (const name of ["subject", "from", "to", "reason"] as const)
    if (filter[name]) parts.push(t(`match.${name}`, { text: isolated(filter[name]) }));
  if (filter.owner) parts.push(t("match.owner", { text: isolated(filter.owner) }));
  return list_words(parts);
}
