#pragma once

#include "gateway/incoming.h"
#include "gateway/outcome.h"
#include "gateway/plan.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "policy/facts.h"

#include <string_view>
#include <vector>

// What became of each recipient's copy, put on record for `postern trace`. Nothing is waited for
// here and nothing can fail: tracking::Recorder drops what it cannot keep.

namespace gateway {

// Refused at RCPT. `backend`: when the refusal is its answer; `verdict`: when a rule's or the
// recipient's; null otherwise.
void track_recipient(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const mail::Recipient& recipient,
    std::string_view rule,
    const mail::Reply& reply,
    const conf::Endpoint* backend,
    const policy::Verdict* verdict
);

// The end of a message that was judged.
void track_message(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies,
    const mail::Reply& reply
);

// Refused for all of its recipients before it was judged, when our reply is known; given up by the
// client in the middle when there is none. `facts`: null when it was never read.
void track_unjudged(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts* facts,
    const mail::Reply* reply
);

// One try of the courier.
void track_delivery(
    Services& services,
    const quarantine::Outgoing& outgoing,
    const conf::Endpoint& backend,
    const Outcome& outcome,
    base::Time now
);

}  // namespace gateway
