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

// Each recipient's entries for `identities`, in their order, looked up at once.
base::Task<base::Result<std::vector<policy::PersonalLists>>> lists_of(
    Services& services,
    std::vector<std::string> recipient_keys,
    std::vector<mail::Address> identities
);

policy::EnvelopeFacts facts_of(
    const Incoming& incoming, const mail::Envelope& envelope, const mail::Address& recipient
);

}  // namespace gateway
