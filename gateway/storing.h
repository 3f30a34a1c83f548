#pragma once

#include "base/async.h"
#include "base/result.h"
#include "gateway/incoming.h"
#include "gateway/plan.h"
#include "policy/facts.h"

#include <vector>

namespace gateway {

// The verdict's trace as the JSON text that is kept with a hold.
std::string trace_text(const policy::Verdict& verdict);

// One transaction makes the message ours: bytes, a hold for each held copy, an outbox row for each
// delivered one, a record for each refused or dropped one. `fields_of` gives the fields that go on
// top of a copy.
base::Task<base::Result<void>> store_copies(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies
);

// Only the records, for copies that are refused or dropped.
base::Task<base::Result<void>> record_refused(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies
);

// Our fields for one copy: the rules' fields, then Received; CRLF ends. `recipient` is named only
// when it is alone.
std::string fields_on_top(
    const Incoming& incoming, const policy::Verdict& verdict, const mail::Address* recipient
);

}  // namespace gateway
