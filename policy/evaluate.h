#pragma once

#include "policy/facts.h"
#include "policy/managed_senders.h"
#include "policy/rule.h"
#include "policy/verdict.h"

#include <optional>
#include <vector>

namespace policy {

// The recipient's managed entries that cover the identities in question; found by the caller
// through candidate_keys().
struct PersonalLists {
    std::vector<ManagedEntry> entries;
};

// At RCPT: what can be decided from the envelope alone, in the order of docs/architecture "How a
// verdict is found": administrator reject/discard, administrator deliver, the recipient's block of
// the envelope sender. No value: go on, the message decides. Conditions on the message are not yet
// known here and decide nothing; a block waits for the message when an administrator's deliver rule
// may still match it.
std::optional<Verdict> evaluate_recipient(
    const Rules& rules, const EnvelopeFacts& envelope, const PersonalLists& lists
);

// After DATA: the whole order, for one recipient. Pure: no I/O, no clock.
//  1. Administrator rules with reject or discard that the envelope alone decides (what
//     evaluate_recipient would have said).
//  2. An administrator's deliver rule skips the personal block, nothing else.
//  3. Managed senders: envelope sender and every header From, each judged by its own most specific
//     entry; a block of either blocks. Without a block, a permit of either skips the rules marked
//     as spam checks. When every header From is trusted, rules marked `trusted_senders_may` pass.
//  4. All other rules: the strictest of what matched wins (reject, discard, hold administrator,
//     hold moderator, hold user, deliver); of equally strict ones the first gives name and reason.
// A rule marked as a spam check or `trusted_senders_may` is always of part 4, because only there
// the person's lists are known in full.
// A rule whose match is unknown gives a temporary verdict unless it says otherwise, or unless a
// reject was found.
Verdict evaluate(
    const Rules& rules,
    const EnvelopeFacts& envelope,
    const MessageFacts& message,
    const PersonalLists& lists
);

// Whether the rule is looked at at RCPT already, where the envelope alone decides it.
bool is_judged_at_recipient(const Rule& rule);

}  // namespace policy
