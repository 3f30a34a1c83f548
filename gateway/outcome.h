#pragma once

#include "base/result.h"
#include "database/store.h"
#include "gateway/services.h"
#include "mail/reply.h"
#include "quarantine/outbox.h"

#include <optional>
#include <string>

namespace gateway {

// What a try's answer means for one outgoing row, written in one transaction: delivered, another
// try later, or failed with a notice to the owner. Pure but for the transaction.
struct Outcome {
    enum class Kind { delivered, retry, failed };
    Kind kind = Kind::retry;
    std::chrono::milliseconds delay{0};  // for retry, jitter included
    std::string why;                     // the answer, one line
};

// `jitter` in [0, 1): spreads the delay by up to a fifth either way.
Outcome outcome_of(
    const quarantine::Outgoing& outgoing,
    const mail::Reply& answer,
    const conf::Courier& settings,
    base::Time now,
    double jitter
);

struct NoticeSettings {
    std::string hostname;
    std::string notice_id;        // for its Message-ID and as its mail_id
    std::chrono::days retention;  // how long the failed hold stays
};

base::Result<void> write_outcome(
    database::Transaction& transaction,
    const quarantine::Outgoing& outgoing,
    const Outcome& outcome,
    const NoticeSettings& notice,
    base::Time now
);

}  // namespace gateway
