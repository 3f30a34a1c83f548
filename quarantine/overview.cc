#include "quarantine/overview.h"

#include "quarantine/rows.h"

#include <algorithm>
#include <utility>

namespace quarantine {

using base::failure;
using base::Result;
using database::Value;

namespace {

// Counts with a bound that all owners share.
class Counting {
  public:
    explicit Counting(database::Snapshot& snapshot) : snapshot_(snapshot) {}

    // `sql` gives how many match and how many were looked at; its last value is the bound.
    Result<std::uint64_t> count(
        std::string_view sql,
        const std::vector<std::string>& owners,
        std::initializer_list<Value> values,
        std::int64_t most
    ) {
        std::int64_t left = most;
        std::uint64_t matches = 0;
        for (const std::string& owner : owners) {
            std::vector<Value> all = {std::string_view(owner)};
            all.insert(all.end(), values);
            all.emplace_back(left + 1);
            auto rows = snapshot_.query(sql, std::span<const Value>(all));
            if (!rows) return failure(std::move(rows.error()));
            auto found = rows->next();
            if (!found) return failure(std::move(found.error()));
            matches += static_cast<std::uint64_t>(rows->integer(0));
            left -= rows->integer(1);
            if (left < 0) {
                is_exact_ = false;
                break;
            }
        }
        return std::min(matches, static_cast<std::uint64_t>(most));
    }
    bool is_exact() const { return is_exact_; }

  private:
    database::Snapshot& snapshot_;
    bool is_exact_ = true;
};

// A hold's row begins with the time its mail came (quarantine/schema.cc).
constexpr std::string_view fresh_sql =
    "SELECT count(*), count(*) FROM (SELECT 1 FROM hold WHERE owner = ?1 AND kind = 'user' "
    "AND state = 'held' AND row >= ?2 LIMIT ?3)";
constexpr std::string_view expiring_sql =
    "SELECT total(expires_at < ?2), count(*) FROM (SELECT expires_at FROM hold WHERE owner = ?1 "
    "AND kind = 'user' AND state = 'held' ORDER BY row LIMIT ?3)";
constexpr std::string_view decided_sql =
    "SELECT total(decided_at >= ?3), count(*) FROM (SELECT decided_at FROM hold WHERE owner = ?1 "
    "AND kind = 'user' AND state = ?2 ORDER BY row DESC LIMIT ?4)";
constexpr std::string_view refused_sql =
    "SELECT total(at >= ?2), count(*) FROM (SELECT at FROM rejected WHERE recipient = ?1 "
    "ORDER BY row DESC LIMIT ?3)";

}  // namespace

Result<Overview> overview(
    database::Snapshot& snapshot, const std::vector<std::string>& owners, const OverviewTimes& times
) {
    Overview result;
    Counting counting(snapshot);
    const auto take = [](std::uint64_t& into, Result<std::uint64_t> counted) -> Result<void> {
        if (!counted) return failure(counted.error(), "counting a person's holds");
        into += *counted;
        return {};
    };
    const std::int64_t fresh_row = to_column(times.fresh_since) << 20;
    auto done =
        take(result.fresh, counting.count(fresh_sql, owners, {fresh_row}, overview_counted_max));
    if (!done) return failure(std::move(done.error()));
    const bool all_fresh = counting.is_exact();
    done = take(
        result.expiring_soon,
        counting.count(
            expiring_sql, owners, {to_column(times.expires_before)}, overview_looked_at_max
        )
    );
    if (!done) return failure(std::move(done.error()));
    // Holds come in the order of their ends but for a few: the oldest thousand tell.
    result.is_exact = all_fresh;

    Counting decisions(snapshot);
    const std::pair<HoldState, std::uint64_t*> states[] = {
        {HoldState::released, &result.released},
        {HoldState::delivered, &result.released},
        {HoldState::failed, &result.released},
        {HoldState::rejected, &result.rejected},
        {HoldState::reported, &result.reported},
    };
    const std::int64_t since = to_column(times.decided_since);
    for (const auto& [state, into] : states) {
        done = take(
            *into,
            decisions.count(decided_sql, owners, {name_of(state), since}, overview_looked_at_max)
        );
        if (!done) return failure(std::move(done.error()));
    }
    done =
        take(result.refused, decisions.count(refused_sql, owners, {since}, overview_looked_at_max));
    if (!done) return failure(std::move(done.error()));
    result.is_exact = result.is_exact && decisions.is_exact();
    return result;
}

Result<std::optional<base::Time>> due_since(database::Snapshot& snapshot, base::Time now) {
    auto due = first_row(
        snapshot,
        "SELECT due FROM outbox WHERE is_being_sent = 0 AND due <= ? ORDER BY due LIMIT 1",
        {to_column(now)},
        first_integer
    );
    if (!due) return failure(due.error(), "looking at the outbox");
    if (!*due) return std::optional<base::Time>();
    return std::optional<base::Time>(to_time(**due));
}

}  // namespace quarantine
