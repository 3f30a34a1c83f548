#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"
#include "tracking/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tracking {

// Texts are made valid UTF-8 and cut. `number` tells records of one millisecond apart and counts
// on with each. Adds them to the tallies (tracking/tallies.h), too.
base::Result<void> write_records(
    database::Transaction& transaction, std::span<const Record> records, std::uint32_t& number
);

// What a look-up is by. An address is compared without regard to ASCII case, a Message-ID with or
// without its angle brackets.
enum class KeyKind { id, sender, recipient, message_id };
struct Key {
    KeyKind kind = KeyKind::id;
    std::string value;
};

// The ids of the messages that match any of `keys` at or after `since`, at most `limit`, newest
// first.
base::Result<std::vector<std::string>> ids_of(
    database::Snapshot& snapshot, std::span<const Key> keys, base::Time since, std::size_t limit
);

// Everything that is recorded of one message, oldest first; at most 10'000 records.
base::Result<std::vector<Record>> records_of(database::Snapshot& snapshot, std::string_view id);

// The time of the oldest record that is kept; none when there is no record.
base::Result<std::optional<base::Time>> oldest(database::Snapshot& snapshot);

// Removes at most `batch` records (or look-up keys of removed records): those of hours that ended
// before `before`, and the oldest when there are more than `records_max`. How many rows went; 0:
// nothing is left to do.
base::Result<std::uint64_t> prune(
    database::Transaction& transaction, base::Time before, std::uint64_t records_max, int batch
);

}  // namespace tracking
