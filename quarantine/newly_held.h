#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Which holds wait for their owners, for who tells them. Holds of kind `user` in state `held` only:
// nobody is told of the others.

namespace quarantine {

// The owners who have such holds, in the order of their keys: at most `limit` behind `after` ("":
// from the first). One step in an index for each.
base::Result<std::vector<std::string>> owners_with_holds(
    database::Snapshot& snapshot, std::string_view after, int limit
);

struct WaitingHold {
    std::int64_t row = 0;  // ascends with the time of receipt
    std::string id;
    std::string owner;
    std::string rule;
    base::Time received_at;
    base::Time expires_at;
};

// What the owners have had come in from `since` up to `until`, oldest first: at most `limit` behind
// the row `after` (0: from the first).
base::Result<std::vector<WaitingHold>> waiting_holds_of(
    database::Snapshot& snapshot,
    std::span<const std::string> owners,
    base::Time since,
    base::Time until,
    std::int64_t after,
    int limit
);

// What has come in since, whoever owns it, oldest first: at most `limit` behind the row `after`.
base::Result<std::vector<WaitingHold>> waiting_holds_since(
    database::Snapshot& snapshot, base::Time since, std::int64_t after, int limit
);

}  // namespace quarantine
