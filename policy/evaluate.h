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
// known here and decide nothing.
std::optional<Verdict> evaluate_recipient(
    const Rules& rules, const EnvelopeFacts& envelope, const PersonalLists& lists
);

// After DATA: the whole order, for one recipient. Pure: no I/O, no clock.
//  - Administrator rules with reject/discard, then an administrator's deliver (skips the personal
//  block), then managed senders
//    (envelope sender and every header From, each judged by its own most specific entry; a block of
//    either blocks), then all rules: the strictest of what matched wins (reject, discard, hold
//    administrator, hold moderator, hold user, deliver); of equally strict ones the first in the
//    file gives name and reason.
//  - A rule whose match is unknown gives a temporary verdict unless it says otherwise, or unless a
//  reject was found first.
Verdict evaluate(
    const Rules& rules,
    const EnvelopeFacts& envelope,
    const MessageFacts& message,
    const PersonalLists& lists
);

}  // namespace policy
