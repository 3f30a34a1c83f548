// Why something is held, in the person's language. The gateway writes reasons in English into its store; what it wrote
// by itself is known here by its form and said anew. An administrator's own words stay as they were written.
import { cause_words } from "./causes";
import { language_in_use, t } from "./index";

/** The built-in rules' reasons are whole sentences, written here as the gateway writes them. */
const sentences = {
  "This mail carries a program or an archive and is built in a way that mail programs disagree about what it contains.":
    "reason.ambiguous_content",
  "This mail does not say clearly who wrote it: it names no sender, or more than one.": "reason.not_one_from",
} as const;

const is_sentence = (reason: string): reason is keyof typeof sentences => Object.hasOwn(sentences, reason);

const by_rule = /^(Held|Refused|Delivered|Discarded) by the mail administrator's rule "(.*?)": (.*?)\.?$/s;
const done_by_rule = {
  Held: "reason.held_by_rule",
  Refused: "reason.refused_by_rule",
  Delivered: "reason.delivered_by_rule",
  Discarded: "reason.discarded_by_rule",
} as const;
const blocked = /^The recipient has blocked (.*?): (.*?)\.?$/s;
const imported = /^(.*?) held it: (.*)$/s;

interface Reasoned {
  reason: string;
  rule: string;
}

/** The reason as one text. It quotes the mail and the administrator: show it as a foreign text. */
export function reason_words({ reason, rule }: Reasoned): string {
  if (language_in_use() === "en") return reason || rule;
  if (is_sentence(reason)) return t(sentences[reason]);
  const [, done, name, words] = by_rule.exec(reason) ?? [];
  if (done && name !== undefined && words !== undefined) {
    const key = done_by_rule[done as keyof typeof done_by_rule];
    return t(key, { rule: name, words: cause_words(words) });
  }
  const [, whom, how] = blocked.exec(reason) ?? [];
  if (whom && how) return t("reason.blocked", { sender: whom, words: cause_words(how) });
  const [, product, because] = rule.startsWith("imported from ") ? (imported.exec(reason) ?? []) : [];
  if (product && because) return t("reason.imported", { product: product, words: because });
  return reason || rule;
}

/** What the rule found, for lists in which the rule itself stands before it. */
export const finding_words = (words: string) =>
  language_in_use() === "en" ? words : cause_words(words.replace(/\.$/, ""));
