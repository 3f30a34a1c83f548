#pragma once

#include "base/async.h"
#include "gateway/incoming.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "policy/evaluate.h"
#include "policy/facts.h"

namespace gateway {

// The answer to RCPT: our domain? a rule or the recipient's own block that the envelope decides?
// then the back end's own answer. A refusal by rule or block is recorded before it is given.
base::Task<mail::Reply> check_recipient(
    Incoming& incoming, const mail::Envelope& envelope, const mail::Recipient& recipient
);

// The recipient's entries for the envelope sender and for `header_from`.
base::Task<base::Result<policy::PersonalLists>> lists_of(
    Services& services, const mail::Address& recipient, std::vector<mail::Address> identities
);

policy::EnvelopeFacts facts_of(
    const Incoming& incoming, const mail::Envelope& envelope, const mail::Address& recipient
);

}  // namespace gateway
