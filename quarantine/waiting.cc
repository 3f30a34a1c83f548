#include "quarantine/waiting.h"

#include "quarantine/hold.h"
#include "quarantine/rows.h"

#include <array>
#include <chrono>
#include <limits>

namespace quarantine {

using base::failure;
using base::Result;

namespace {

constexpr std::array<int, 5> borders = {0, 1, 3, 7, 14};  // days

}  // namespace

Result<std::vector<WaitingSpan>> waiting_by_age(database::Snapshot& snapshot, base::Time now) {
    // A hold's row begins with the time its mail came (quarantine/schema.cc).
    const auto row_at = [&](int days) { return to_column(now - std::chrono::days(days)) << 20; };
    std::vector<WaitingSpan> spans;
    for (std::size_t i = 0; i < borders.size(); ++i) {
        WaitingSpan span;
        span.from_days = borders[i];
        if (i + 1 < borders.size()) span.to_days = borders[i + 1];
        const std::int64_t oldest = span.to_days ? row_at(*span.to_days) : 0;
        // What a clock that was set back has left in the future is young.
        const std::int64_t youngest =
            i == 0 ? std::numeric_limits<std::int64_t>::max() : row_at(span.from_days);
        const auto count = first_row(
            snapshot,
            "SELECT count(*) FROM hold INDEXED BY hold_in_state "
            "WHERE state = ? AND row >= ? AND row < ?",
            {name_of(HoldState::held), oldest, youngest},
            first_integer
        );
        if (!count) return failure(count.error(), "counting holds by age");
        span.count = static_cast<std::uint64_t>(count->value_or(0));
        spans.push_back(span);
    }
    return spans;
}

}  // namespace quarantine
