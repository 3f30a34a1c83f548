#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace accounts {

// A visit is a row of requests with no gap longer than this; what came after the end of the
// previous one is new to the person.
inline constexpr std::chrono::minutes visit_gap{30};

// To be called at every request or, to spare writes, at most once a minute.
base::Result<void> note_visit(
    database::Transaction& transaction, std::int64_t person_row, base::Time now
);
// When the visit before the present one ended; none: this is the first. A visit that has not been
// noted yet counts as begun.
base::Result<std::optional<base::Time>> previous_visit(
    database::Snapshot& snapshot, std::int64_t person_row, base::Time now
);

}  // namespace accounts
