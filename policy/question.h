#pragma once

#include "base/result.h"
#include "mail/message_bytes.h"
#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/verdict.h"

#include <string>
#include <string_view>
#include <vector>

// What would become of a mail that nobody has sent: for `postern explain` and the portal's page of
// rules. Nothing is asked of DNS or a back end.

namespace policy {

// "" and "<>" are the null sender. Error: invalid.
base::Result<mail::Sender> sender_of(std::string_view text);

// Stands for a message when none is given: with nothing in it, from `header_from`, or from the
// envelope sender when that is "" (a notice is from the postmaster of `hostname`).
std::string stand_in_message(
    const EnvelopeFacts& envelope, std::string_view header_from, std::string_view hostname
);

// The same that the gateway finds out after DATA.
base::Result<MessageFacts> message_facts_of(const mail::MessageBytes& bytes);

// Whom the recipient's managed senders are asked about.
std::vector<mail::Address> identities_of(
    const EnvelopeFacts& envelope, const MessageFacts& message
);

// As the gateway does: what the envelope decides at RCPT never comes to DATA.
Verdict answer_to(
    const Rules& rules,
    const EnvelopeFacts& envelope,
    const MessageFacts& message,
    const PersonalLists& lists
);

// The order of precedence for people, first what is looked at first.
struct PrecedenceStep {
    std::string_view title;
    std::string_view text;
};
const std::vector<PrecedenceStep>& precedence();

}  // namespace policy
