#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"

#include <cstdint>
#include <string_view>

namespace quarantine {

// What waits in the outbox, after a restore: whoever restores an old state has to know that some of
// it may have been sent since.
struct OutboxCount {
    std::uint64_t released = 0;  // holds that somebody has released
    std::uint64_t other = 0;     // copies of mixed verdicts, reports, notices
    std::uint64_t all() const { return released + other; }
};
base::Result<OutboxCount> count_outbox(database::Snapshot& snapshot);

struct HeldBack {
    OutboxCount held;
    std::uint64_t dropped = 0;     // digests
    std::uint64_t unreadable = 0;  // stay in the outbox: whose they are cannot be read
};

// Empties the outbox without sending: released holds are held again, digests are dropped,
// everything else becomes a hold for the administrator. Each expires at `expires_at` at the
// earliest. `who` stands in the history. A row without a hold whose recipient cannot be read stays
// and is counted apart; the courier cannot send it either.
base::Result<HeldBack> hold_back_outbox(
    database::Transaction& transaction, std::string_view who, base::Time now, base::Time expires_at
);

}  // namespace quarantine
