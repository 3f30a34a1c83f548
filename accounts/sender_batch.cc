#include "accounts/sender_batch.h"

#include "accounts/time_column.h"
#include "base/ensure.h"

#include <fmt/format.h>

namespace accounts {

using base::failure;
using base::Result;
using policy::SenderList;

namespace {

// As in schema.cc: blocked, permitted and auto permitted exclude each other, trusted is beside
// them.
bool is_beside(SenderList list) {
    return list == SenderList::trusted;
}

std::string_view words_of(SenderList list) {
    return list == SenderList::auto_permitted ? "auto permitted" : policy::name_of(list);
}

struct Standing {
    std::optional<SenderList> deciding;
    bool trusted = false;

    bool is_in(SenderList list) const { return is_beside(list) ? trusted : deciding == list; }
};

Result<Standing> standing_of(
    database::Snapshot& snapshot, const std::string& owner, const std::string& key
) {
    auto rows =
        snapshot.query("SELECT list FROM managed_sender WHERE owner = ? AND key = ?", {owner, key});
    if (!rows) return failure(rows.error(), "looking up managed senders");
    Standing standing;
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking up managed senders");
        if (!*there) return standing;
        const auto list = policy::sender_list_named(rows->text(0));
        if (!list) return failure(base::ErrorKind::corrupt, "unknown list \"{}\"", rows->text(0));
        if (is_beside(*list)) {
            standing.trusted = true;
        } else {
            standing.deciding = *list;
        }
    }
}

Result<std::int64_t> stored_count(database::Snapshot& snapshot, const std::string& owner) {
    auto rows = snapshot.query("SELECT entries FROM managed_sender_count WHERE owner = ?", {owner});
    if (!rows) return failure(rows.error(), "counting managed senders");
    auto there = rows->next();
    if (!there) return failure(there.error(), "counting managed senders");
    return *there ? rows->integer(0) : std::int64_t{0};
}

PlannedEntry obstructed(EntryObstacle obstacle, std::string why) {
    PlannedEntry planned;
    planned.change = PlannedEntry::Change::none;
    planned.obstacle = obstacle;
    planned.why = std::move(why);
    return planned;
}

PlannedEntry planned_for(
    const WantedEntry& wanted, const BatchTerms& terms, const Standing& standing
) {
    if (const auto refusal = refusal_of(wanted.list, wanted.pattern, terms.own_domains)) {
        const bool suffix = refusal->what == Forbidden::public_suffix;
        return obstructed(
            suffix ? EntryObstacle::public_suffix : EntryObstacle::own_domain, refusal->why
        );
    }
    if (terms.from && !standing.is_in(*terms.from)) {
        return obstructed(
            EntryObstacle::not_there,
            fmt::format(
                "{} is not in the list {} any more", wanted.pattern.key, words_of(*terms.from)
            )
        );
    }
    PlannedEntry planned;
    if (terms.from && *terms.from != wanted.list) {
        planned.change = PlannedEntry::Change::move;
        planned.from = *terms.from;
    } else if (standing.is_in(wanted.list)) {
        planned.change = PlannedEntry::Change::none;
    } else if (!is_beside(wanted.list) && standing.deciding) {
        planned.change = PlannedEntry::Change::move;
        planned.from = *standing.deciding;
    }
    return planned;
}

// How many entries more there are afterwards.
int growth_of(const WantedEntry& wanted, const PlannedEntry& planned, const Standing& standing) {
    if (planned.change == PlannedEntry::Change::add) return 1;
    if (planned.change == PlannedEntry::Change::none ||
        is_beside(planned.from) == is_beside(wanted.list))
        return 0;
    // Across: one row goes, and one comes unless something stood on that side.
    const bool stands = is_beside(wanted.list) ? standing.trusted : standing.deciding.has_value();
    return stands ? -1 : 0;
}

}  // namespace

Result<std::vector<PlannedEntry>> plan_entries(
    database::Snapshot& snapshot, const BatchTerms& terms, std::span<const WantedEntry> wanted
) {
    auto owner = list_owner_of(snapshot, terms.owner);
    if (!owner) return failure(owner.error());
    auto count = stored_count(snapshot, *owner);
    if (!count) return failure(count.error());
    std::vector<PlannedEntry> plan;
    plan.reserve(wanted.size());
    for (const WantedEntry& entry : wanted) {
        auto standing = standing_of(snapshot, *owner, entry.pattern.key);
        if (!standing) return failure(standing.error());
        PlannedEntry planned = planned_for(entry, terms, *standing);
        if (planned.obstacle == EntryObstacle::none) {
            *count += growth_of(entry, planned, *standing);
            if (planned.change == PlannedEntry::Change::add && *count > entries_per_owner_max) {
                planned = obstructed(
                    EntryObstacle::list_full,
                    fmt::format(
                        "the lists are full ({} entries): remove some, or ask for a rule instead",
                        entries_per_owner_max
                    )
                );
            }
        }
        plan.push_back(std::move(planned));
    }
    return plan;
}

Result<void> place_entries(
    database::Transaction& transaction,
    const BatchTerms& terms,
    std::span<const WantedEntry> wanted,
    std::span<const PlannedEntry> plan,
    std::string_view added_by,
    base::Time now
) {
    base::ensure(wanted.size() == plan.size(), "a plan for other entries");
    auto owner = list_owner_of(transaction, terms.owner);
    if (!owner) return failure(owner.error());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const WantedEntry& entry = wanted[i];
        base::ensure(plan[i].obstacle == EntryObstacle::none, "a plan that cannot be carried out");
        if (plan[i].change == PlannedEntry::Change::none) continue;
        if (plan[i].change == PlannedEntry::Change::move &&
            is_beside(plan[i].from) != is_beside(entry.list)) {
            auto taken = transaction.execute(
                "DELETE FROM managed_sender WHERE owner = ? AND key = ? AND list = ?",
                {*owner, entry.pattern.key, policy::name_of(plan[i].from)}
            );
            if (!taken) return failure(taken.error(), "moving a managed sender");
        }
        auto placed = transaction.execute(
            "INSERT INTO managed_sender (owner, key, class, list, is_address, added_at, added_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, key, class) DO UPDATE SET "
            "list = excluded.list, added_at = excluded.added_at, added_by = excluded.added_by",
            {*owner,
             entry.pattern.key,
             std::int64_t{is_beside(entry.list)},
             policy::name_of(entry.list),
             std::int64_t{entry.pattern.is_address},
             to_column(now),
             added_by}
        );
        if (!placed) return failure(placed.error(), "adding a managed sender");
    }
    return {};
}

}  // namespace accounts
