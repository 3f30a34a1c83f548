#include "tracking/tallies.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tracking {

using base::failure;
using base::Result;
using database::Value;

namespace {

using Hours = std::chrono::duration<std::int64_t, std::chrono::hours::period>;
using Quarters = std::chrono::duration<std::int64_t, std::ratio<900>>;

constexpr std::size_t name_bytes_max = 320;
// What counts for those that have no place of their own. No name is empty.
constexpr std::string_view others_name = "";

constexpr std::array<std::pair<TallyKind, std::string_view>, 3> kinds = {{
    {TallyKind::rule, "rule"},
    {TallyKind::sender, "sender"},
    {TallyKind::owner, "owner"},
}};

std::string_view word_of(TallyKind kind) {
    for (const auto& [known, word] : kinds)
        if (known == kind) return word;
    return {};
}

std::int64_t quarter_of(base::Time time) {
    return std::chrono::floor<Quarters>(time.time_since_epoch()).count();
}
std::int64_t hour_of(base::Time time) {
    return std::chrono::floor<Hours>(time.time_since_epoch()).count();
}
// The first of them that begins at `time` or later.
std::int64_t first_quarter_at(base::Time time) {
    return std::chrono::ceil<Quarters>(time.time_since_epoch()).count();
}
std::int64_t first_hour_at(base::Time time) {
    return std::chrono::ceil<Hours>(time.time_since_epoch()).count();
}

// A copy comes to one end when it comes in; the courier's tries come on top.
bool is_counted(const Record& record) {
    return record.stage != Stage::delivery;
}

bool stood_against(Outcome outcome) {
    return outcome == Outcome::held || outcome == Outcome::refused ||
           outcome == Outcome::rejected || outcome == Outcome::discarded;
}

std::string name_from(std::string_view text) {
    std::string name = base::lower(base::to_valid_utf8(base::utf8_prefix(text, name_bytes_max)));
    std::ranges::replace(name, '\0', ' ');
    return name;
}

std::string rule_name(const Record& record) {
    if (record.is_personal_block) return std::string(personal_blocks);
    // Rules keep their capitals: the configuration tells "A" from "a".
    std::string name = base::to_valid_utf8(base::utf8_prefix(record.rule, name_bytes_max));
    std::ranges::replace(name, '\0', ' ');
    return name;
}

using Names = std::map<std::string, std::int64_t, std::less<>>;

struct Batch {
    std::map<std::pair<std::int64_t, Outcome>, std::int64_t> quarters;
    std::map<std::pair<TallyKind, std::int64_t>, Names> names;
};

Batch counted(std::span<const Record> records) {
    Batch batch;
    for (const Record& record : records) {
        if (!is_counted(record)) continue;
        ++batch.quarters[{quarter_of(record.at), record.outcome}];
        const std::int64_t hour = hour_of(record.at);
        if (stood_against(record.outcome)) {
            std::string rule = rule_name(record);
            if (!rule.empty()) ++batch.names[{TallyKind::rule, hour}][std::move(rule)];
        }
        if (record.outcome == Outcome::held) {
            std::string sender = record.sender.empty() ? "<>" : name_from(record.sender);
            ++batch.names[{TallyKind::sender, hour}][std::move(sender)];
            ++batch.names[{TallyKind::owner, hour}][name_from(record.recipient)];
        }
    }
    return batch;
}

Result<void> add_to_name(
    database::Transaction& transaction,
    TallyKind kind,
    std::int64_t hour,
    std::string_view name,
    std::int64_t records
) {
    auto added = transaction.execute(
        "INSERT INTO tracking_name VALUES(?,?,?,?) "
        "ON CONFLICT(kind, hour, name) DO UPDATE SET records = records + excluded.records",
        {word_of(kind), hour, name, records}
    );
    if (!added) return failure(added.error(), "counting mail for reports");
    return {};
}

Result<Names> names_of_hour(database::Transaction& transaction, TallyKind kind, std::int64_t hour) {
    auto rows = transaction.query(
        "SELECT name, records FROM tracking_name WHERE kind = ? AND hour = ?", {word_of(kind), hour}
    );
    if (!rows) return failure(std::move(rows.error()));
    Names names;
    for (;;) {
        auto found = rows->next();
        if (!found) return failure(std::move(found.error()));
        if (!*found) return names;
        if (rows->text(0) != others_name) names[std::string(rows->text(0))] = rows->integer(1);
    }
}

// A new name takes the place of the rarest when the hour is full and this batch alone has more of
// it: a flood of names that come once each writes nothing but one number, and a sender that begins
// in the middle of it is seen all the same.
Result<void> tally_names(
    database::Transaction& transaction, TallyKind kind, std::int64_t hour, const Names& batch
) {
    auto kept = names_of_hour(transaction, kind, hour);
    if (!kept) return failure(std::move(kept.error()));
    std::vector<std::pair<std::int64_t, std::string_view>> news;
    for (const auto& [name, records] : batch) {
        const auto found = kept->find(name);
        if (found == kept->end()) {
            news.emplace_back(records, name);
            continue;
        }
        found->second += records;
        if (auto done = add_to_name(transaction, kind, hour, name, records); !done) return done;
    }
    std::ranges::sort(news, std::greater<>());
    std::int64_t others = 0;
    for (const auto& [records, name] : news) {
        if (kept->size() >= names_per_hour_max) {
            const auto rarest =
                std::ranges::min_element(*kept, {}, [](const auto& one) { return one.second; });
            if (records <= rarest->second) {
                others += records;
                continue;
            }
            auto removed = transaction.execute(
                "DELETE FROM tracking_name WHERE kind = ? AND hour = ? AND name = ?",
                {word_of(kind), hour, std::string_view(rarest->first)}
            );
            if (!removed) return failure(removed.error(), "counting mail for reports");
            others += rarest->second;
            kept->erase(rarest);
        }
        kept->emplace(name, records);
        if (auto done = add_to_name(transaction, kind, hour, name, records); !done) return done;
    }
    if (others == 0) return {};
    return add_to_name(transaction, kind, hour, others_name, others);
}

}  // namespace

Result<void> tally(database::Transaction& transaction, std::span<const Record> records) {
    const Batch batch = counted(records);
    for (const auto& [of, count] : batch.quarters) {
        auto added = transaction.execute(
            "INSERT INTO tracking_count VALUES(?,?,?) "
            "ON CONFLICT(quarter, outcome) DO UPDATE SET records = records + excluded.records",
            {of.first, name_of(of.second), count}
        );
        if (!added) return failure(added.error(), "counting mail for reports");
    }
    for (const auto& [of, names] : batch.names)
        if (auto done = tally_names(transaction, of.first, of.second, names); !done) return done;
    return {};
}

Result<std::vector<QuarterCount>> counts_between(
    database::Snapshot& snapshot, base::Time from, base::Time to
) {
    auto rows = snapshot.query(
        "SELECT quarter, outcome, records FROM tracking_count WHERE quarter >= ? AND quarter < ? "
        "ORDER BY quarter, outcome",
        {first_quarter_at(from), first_quarter_at(to)}
    );
    if (!rows) return failure(std::move(rows.error()));
    std::vector<QuarterCount> counts;
    for (;;) {
        auto found = rows->next();
        if (!found) return failure(std::move(found.error()));
        if (!*found) return counts;
        const auto outcome = outcome_named(rows->text(1));
        if (!outcome)
            return failure(base::ErrorKind::corrupt, "a count of the outcome {}", rows->text(1));
        QuarterCount count;
        count.begins = base::Time(Quarters(rows->integer(0)));
        count.outcome = *outcome;
        count.records = static_cast<std::uint64_t>(rows->integer(2));
        counts.push_back(count);
    }
}

Result<Tallies> tallies_between(
    database::Snapshot& snapshot,
    TallyKind kind,
    base::Time from,
    base::Time to,
    std::size_t names_max
) {
    auto rows = snapshot.query(
        "SELECT name, sum(records) AS records FROM tracking_name "
        "WHERE kind = ? AND hour >= ? AND hour < ? GROUP BY name ORDER BY records DESC, name",
        {word_of(kind), first_hour_at(from), first_hour_at(to)}
    );
    if (!rows) return failure(std::move(rows.error()));
    Tallies tallies;
    for (;;) {
        auto found = rows->next();
        if (!found) return failure(std::move(found.error()));
        if (!*found) return tallies;
        const auto records = static_cast<std::uint64_t>(rows->integer(1));
        if (rows->text(0) == others_name || tallies.names.size() == names_max)
            tallies.others += records;
        else
            tallies.names.push_back({std::string(rows->text(0)), records});
    }
}

Result<std::optional<base::Time>> counted_since(database::Snapshot& snapshot) {
    auto rows = snapshot.query("SELECT min(quarter) FROM tracking_count");
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    if (!*found || rows->is_null(0)) return std::optional<base::Time>();
    return std::optional<base::Time>(base::Time(Quarters(rows->integer(0))));
}

Result<std::uint64_t> prune_tallies(
    database::Transaction& transaction,
    base::Time counts_before,
    base::Time addresses_before,
    int batch
) {
    std::int64_t left = batch;
    auto removed = transaction.execute(
        "DELETE FROM tracking_count WHERE (quarter, outcome) IN "
        "(SELECT quarter, outcome FROM tracking_count WHERE quarter < ? LIMIT ?)",
        {quarter_of(counts_before), left}
    );
    if (!removed) return failure(removed.error(), "removing old counts of mail");
    left -= *removed;
    for (const auto& [kind, word] : kinds) {
        const base::Time before = kind == TallyKind::rule ? counts_before : addresses_before;
        removed = transaction.execute(
            "DELETE FROM tracking_name WHERE (kind, hour, name) IN "
            "(SELECT kind, hour, name FROM tracking_name WHERE kind = ? AND hour < ? LIMIT ?)",
            {word, hour_of(before), left}
        );
        if (!removed) return failure(removed.error(), "removing old counts of mail");
        left -= *removed;
    }
    return static_cast<std::uint64_t>(batch - left);
}

}  // namespace tracking
