// What the pages that change managed senders share: taking a text apart, saying what is wrong, taking a change back.
import { senders_api, type EnteredList, type SenderChanges, type SenderList, type SenderProblem } from "../api/senders";
import { language_in_use, t, type Key } from "../i18n";

// "Ada <ada@example.org>" is one entry, with its name; all else stands apart by blanks, commas, semicolons and lines.
const one_entry = /(?:"[^"\n]*"|[^<>",;\n])*<[^<>\n]*>|[^\s,;]+/gu;

/** Each entry once, in the order written. The gateway takes a text apart in the same way. */
export const split_entries = (text: string): string[] => [
  ...new Set((text.match(one_entry) ?? []).map((entry) => entry.trim()).filter(Boolean)),
];

/** The text without one of its entries; the rest stays as it was written. */
export function without_entries(text: string, unwanted: ReadonlySet<string>): string {
  return text
    .replace(one_entry, (entry) => (unwanted.has(entry.trim()) ? "" : entry))
    .replace(/[^\S\n]*[,;](?=[\s,;]*(?:[,;]|$))/gu, "")
    .replace(/^[\s,;]+|[\s,;]+$/gu, "")
    .replace(/\n{2,}/gu, "\n");
}

const codes: Record<string, Key & `senders.code_${string}`> = {
  empty: "senders.code_empty",
  not_an_address: "senders.code_not_an_address",
  own_domain: "senders.code_own_domain",
  public_suffix: "senders.code_public_suffix",
  too_wide: "senders.code_too_wide",
  too_many: "senders.code_too_many",
  duplicate: "senders.code_duplicate",
  not_there: "senders.code_not_there",
  unknown_list: "senders.code_unknown_list",
};

/** The gateway's own sentence says most, but only in English. */
export function problem_words({ problem, code }: SenderProblem): string {
  if (language_in_use() === "en" && problem) return problem;
  const key = codes[code];
  return key ? t(key as "senders.code_empty") : problem;
}

/** Removes what a change added and moves back what it moved. Throws ApiError. */
export async function take_back(list: EnteredList, change: SenderChanges, own: string): Promise<void> {
  if (change.added.length > 0) await senders_api.remove(list, change.added, own);
  const origins = new Map<SenderList, string[]>();
  for (const { entry, from } of change.moved) origins.set(from, [...(origins.get(from) ?? []), entry]);
  for (const [origin, entries] of origins) {
    // What was learned cannot be entered again; the gateway learns it once more.
    if (origin === "auto_permitted") await senders_api.remove(list, entries, own);
    else await senders_api.move(list, origin, entries, own);
  }
}
