#include "quarantine/newly_held.h"

#include "quarantine/rows.h"

#include <algorithm>

namespace quarantine {

using base::failure;
using base::Result;

namespace {

// A hold's row is its time of receipt times 2^20 and a number.
constexpr int row_bits = 20;

std::int64_t first_row_at(base::Time time) {
    return to_column(time) << row_bits;
}

WaitingHold read_waiting(const database::Rows& rows) {
    WaitingHold hold;
    hold.row = rows.integer(0);
    hold.id = rows.text(1);
    hold.owner = rows.text(2);
    hold.rule = rows.text(3);
    hold.received_at = to_time(hold.row >> row_bits);
    hold.expires_at = to_time(rows.integer(4));
    return hold;
}

}  // namespace

Result<std::vector<std::string>> owners_with_holds(
    database::Snapshot& snapshot, std::string_view after, int limit
) {
    std::vector<std::string> owners;
    std::string last(after);
    while (owners.size() < static_cast<std::size_t>(limit)) {
        auto next = first_row(
            snapshot,
            "SELECT owner FROM hold INDEXED BY hold_of_owner WHERE owner > ? ORDER BY owner "
            "LIMIT 1",
            {last},
            [](const database::Rows& rows) { return std::string(rows.text(0)); }
        );
        if (!next) return failure(next.error(), "looking for owners of holds");
        if (!*next) return owners;
        last = std::move(**next);
        auto held = first_row(
            snapshot,
            "SELECT 1 FROM hold WHERE owner = ? AND kind = 'user' AND state = 'held' LIMIT 1",
            {last},
            first_integer
        );
        if (!held) return failure(held.error(), "looking for owners of holds");
        if (*held) owners.push_back(last);
    }
    return owners;
}

Result<std::vector<WaitingHold>> waiting_holds_of(
    database::Snapshot& snapshot,
    std::span<const std::string> owners,
    base::Time since,
    base::Time until,
    std::int64_t after,
    int limit
) {
    std::vector<WaitingHold> holds;
    const std::int64_t begin = std::max(after, first_row_at(since) - 1);
    const std::int64_t end = first_row_at(until + std::chrono::milliseconds(1));
    for (const std::string& owner : owners) {
        const std::int64_t most = limit;
        auto read = for_each_row(
            snapshot,
            "SELECT row, id, owner, rule, expires_at FROM hold WHERE owner = ? AND kind = 'user' "
            "AND state = 'held' AND row > ? AND row < ? ORDER BY row LIMIT ?",
            std::initializer_list<database::Value>{owner, begin, end, most},
            [&](const database::Rows& rows) -> Result<void> {
                holds.push_back(read_waiting(rows));
                return {};
            }
        );
        if (!read) return failure(read.error(), "looking for waiting holds");
    }
    std::ranges::sort(holds, {}, &WaitingHold::row);
    if (holds.size() > static_cast<std::size_t>(limit))
        holds.resize(static_cast<std::size_t>(limit));
    return holds;
}

Result<std::vector<WaitingHold>> waiting_holds_since(
    database::Snapshot& snapshot, base::Time since, std::int64_t after, int limit
) {
    std::vector<WaitingHold> holds;
    const std::int64_t begin = std::max(after, first_row_at(since) - 1);
    const std::int64_t most = limit;
    auto read = for_each_row(
        snapshot,
        "SELECT row, id, owner, rule, expires_at FROM hold NOT INDEXED WHERE row > ? "
        "AND kind = 'user' AND state = 'held' ORDER BY row LIMIT ?",
        std::initializer_list<database::Value>{begin, most},
        [&](const database::Rows& rows) -> Result<void> {
            holds.push_back(read_waiting(rows));
            return {};
        }
    );
    if (!read) return failure(read.error(), "looking for new holds");
    return holds;
}

}  // namespace quarantine
