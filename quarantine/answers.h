#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The first answers to requests that carry a key of their own, so that a repeated request gets the
// same one and does nothing. Keys and requests are kept as hashes.

namespace quarantine {

constexpr std::chrono::hours answers_kept{24};

struct StoredAnswer {
    bool is_same_request = false;
    int status = 0;
    std::string body;
};

// None when the person has not used the key within the last day.
base::Result<std::optional<StoredAnswer>> find_answer(
    database::Snapshot& snapshot,
    std::string_view who,
    std::string_view key_hash,
    std::string_view request_hash,
    base::Time now
);

// Keeps the newest 100 of a person and the newest 2'000 of all.
base::Result<void> store_answer(
    database::Transaction& transaction,
    std::string_view who,
    std::string_view key_hash,
    std::string_view request_hash,
    int status,
    std::string_view body,
    base::Time now
);

base::Result<void> forget_answers(database::Transaction& transaction, base::Time now, int batch);

}  // namespace quarantine
