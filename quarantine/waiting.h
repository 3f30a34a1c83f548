#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace quarantine {

// Holds that wait for a decision, by how long ago the mail came.
struct WaitingSpan {
    int from_days = 0;
    std::optional<int> to_days;  // none: and older
    std::uint64_t count = 0;
};

// Youngest first. Reads over the index of states: tens of milliseconds for a million of them.
base::Result<std::vector<WaitingSpan>> waiting_by_age(database::Snapshot& snapshot, base::Time now);

}  // namespace quarantine
