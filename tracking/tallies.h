#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"
#include "tracking/record.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What reports are made of: counts that are kept beside the records, in the same batches, so that
// a report over a month reads thousands of rows and not millions. A tally says how many copies came
// to which end when they came in; what people and the courier do later is not counted again.

namespace tracking {

// Counts are kept by quarters of an hour: every time zone in use begins its day at one of them.
inline constexpr std::chrono::minutes quarter{15};
// How long counts stay; those that hold addresses go earlier, with the records.
inline constexpr std::chrono::days counts_kept{62};

// Adds a batch to the tallies. Bounded whatever comes: an hour has at most `names_per_hour_max`
// names of a kind, and what is beyond is counted as others.
inline constexpr std::size_t names_per_hour_max = 200;
base::Result<void> tally(database::Transaction& transaction, std::span<const Record> records);

struct QuarterCount {
    base::Time begins;
    Outcome outcome = Outcome::relayed;
    std::uint64_t records = 0;
};
// Of the quarters that begin at `from` or later and before `to`, oldest first.
base::Result<std::vector<QuarterCount>> counts_between(
    database::Snapshot& snapshot, base::Time from, base::Time to
);

enum class TallyKind {
    rule,    // what held, refused, rejected or discarded; the recipient's own blocks are one name
    sender,  // envelope senders of held copies, lower case; the null sender is "<>"
    owner    // recipients of held copies, lower case
};
// The one name under which everything counts that recipients have blocked themselves: their entries
// are addresses, and there is no end of them.
inline constexpr std::string_view personal_blocks = "blocked by the recipient";

struct Tally {
    std::string name;
    std::uint64_t records = 0;
};
struct Tallies {
    std::vector<Tally> names;  // the most first, then by name
    std::uint64_t others = 0;  // of names for which there was no room, or that are not given
};
// Counted by whole hours: those that begin at `from` or later and before `to`.
base::Result<Tallies> tallies_between(
    database::Snapshot& snapshot,
    TallyKind kind,
    base::Time from,
    base::Time to,
    std::size_t names_max
);

// Since when there are counts, and since when there are names with addresses; none: nothing yet.
base::Result<std::optional<base::Time>> counted_since(database::Snapshot& snapshot);

// Removes counts that ended before `counts_before` and names of senders and owners that ended
// before `addresses_before`, at most `batch` rows. How many went; 0: nothing is left to do.
base::Result<std::uint64_t> prune_tallies(
    database::Transaction& transaction,
    base::Time counts_before,
    base::Time addresses_before,
    int batch
);

}  // namespace tracking
