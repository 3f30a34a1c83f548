#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "quarantine/hold_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quarantine {

// What somebody wants to know at a glance of the holds of kind `user` of their addresses. Each
// count looks at a bounded number of holds, so that it takes as long at a million of them.
inline constexpr std::int64_t overview_counted_max = 10'000;  // new ones
inline constexpr std::int64_t overview_looked_at_max = 1000;  // where dates have to be read

struct Overview {
    std::uint64_t fresh = 0;          // held, received after `fresh_since`
    std::uint64_t expiring_soon = 0;  // held, among the oldest overview_looked_at_max
    // Decided at or after `decided_since`, among the newest overview_looked_at_max of each state.
    std::uint64_t released = 0;  // and delivered, or not yet
    std::uint64_t rejected = 0;
    std::uint64_t reported = 0;
    std::uint64_t refused = 0;  // in the rejected record
    bool is_exact = true;       // false: a bound was met
};

struct OverviewTimes {
    base::Time fresh_since;
    base::Time expires_before;
    base::Time decided_since;
};

base::Result<Overview> overview(
    database::Snapshot& snapshot, const std::vector<std::string>& owners, const OverviewTimes& times
);

// Since when the mail that should leave first has been due; none: nothing is due at `now`.
base::Result<std::optional<base::Time>> due_since(database::Snapshot& snapshot, base::Time now);

}  // namespace quarantine
