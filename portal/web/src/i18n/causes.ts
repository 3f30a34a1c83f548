// What a rule found in a mail, in the person's language. The gateway tells it in English, each time in one of few forms;
// the forms are those of policy/condition.cc and policy/message_conditions.cc. What has no form here stays as it is.
import { t } from "./index";

type Cause = (...found: string[]) => string;

const quoted = '"(.*)"';
const causes: [RegExp, Cause][] = [
  [/^the rule is for every mail$/, () => t("cause.every_mail")],
  [/^the sender is empty \(a notice\)$/, () => t("cause.null_sender")],
  [/^the (?:envelope )?sender (.+) is within (.+)$/, (who, what) => t("cause.sender_within", { who, what })],
  [/^the (?:envelope )?sender is (.+)$/, (who) => t("cause.sender", { who })],
  [/^the From address (.+) is within (.+)$/, (who, what) => t("cause.from_within", { who, what })],
  [/^the From address is (.+)$/, (who) => t("cause.from", { who })],
  [/^the recipient (.+) is within (.+)$/, (who, what) => t("cause.recipient_within", { who, what })],
  [/^the recipient is (.+)$/, (who) => t("cause.recipient", { who })],
  [/^the client (.+) is in (.+)$/, (client, network) => t("cause.client", { client, network })],
  [new RegExp(`^the mail came in through listener ${quoted}$`, "s"), (name) => t("cause.listener", { name })],
  [/^the mail has (\d+) recipients$/, (n) => t("cause.recipients", { n: Number(n) })],
  [/^the mail has (\d+) bytes$/, (n) => t("cause.bytes", { n: Number(n) })],
  [
    new RegExp(`^the subject ${quoted} matches ${quoted}$`, "s"),
    (subject, pattern) => t("cause.subject", { subject, pattern }),
  ],
  [
    new RegExp(`^the field ([^:]+): (.*) matches ${quoted}$`, "s"),
    (name, value, pattern) => t("cause.field", { name, value, pattern }),
  ],
  [
    new RegExp(`^the attachment ${quoted} matches ${quoted}$`, "s"),
    (name, pattern) => t("cause.attachment_name", { name, pattern }),
  ],
  [
    new RegExp(`^the attachment ${quoted} has the extension (.+)$`, "s"),
    (name, extension) => t("cause.attachment_extension", { name, extension }),
  ],
  [
    new RegExp(`^the attachment ${quoted} says it is (.+)$`, "s"),
    (name, type) => t("cause.attachment_type", { name, type }),
  ],
];

function one_cause(words: string): string | null {
  for (const [form, say] of causes) {
    const found = form.exec(words);
    if (found) return say(...found.slice(1));
  }
  return null;
}

/** More than any rule has conditions; beyond that the words stay as they are. */
const parts_max = 12;

/** Each part alone or, as a quotation may hold a semicolon, with some that follow it; null if that does not come out. */
function all_causes(parts: string[]): string[] | null {
  if (parts.length === 0) return [];
  for (let taken = 1; taken <= parts.length; taken += 1) {
    const first = one_cause(parts.slice(0, taken).join("; "));
    const rest = first === null ? null : all_causes(parts.slice(taken));
    if (first !== null && rest !== null) return [first, ...rest];
  }
  return null;
}

/** Several causes stand one after the other with semicolons between them. */
export function cause_words(words: string): string {
  const parts = words.split("; ");
  return (parts.length <= parts_max && all_causes(parts)?.join("; ")) || words;
}
