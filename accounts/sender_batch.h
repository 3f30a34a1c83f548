#pragma once

#include "accounts/sender_lists.h"

#include <span>

namespace accounts {

// Many entries at once, all or nothing: first a plan that says of each what would become of it,
// then the change, in the same transaction. A plan that nobody carries out is a dry run.

struct WantedEntry {
    policy::SenderList list = policy::SenderList::blocked;  // where it shall stand
    policy::SenderPattern pattern;
};

struct BatchTerms {
    std::string owner;                       // address key, as in sender_lists.h
    std::vector<mail::Domain> own_domains;   // not to be permitted
    std::optional<policy::SenderList> from;  // the entries are moved, and must stand here
};

enum class EntryObstacle {
    none,
    public_suffix,
    own_domain,
    list_full,  // it would be one more than entries_per_owner_max
    not_there   // it does not stand in `from`
};
struct PlannedEntry {
    enum class Change { add, move, none };

    Change change = Change::add;
    policy::SenderList from = policy::SenderList::blocked;  // of a move
    EntryObstacle obstacle = EntryObstacle::none;
    std::string why;  // of the obstacle, in plain words
};

// One for each of `wanted`, in its order. `wanted` names no pattern twice for the same list, and
// none for two of blocked, permitted and auto permitted.
base::Result<std::vector<PlannedEntry>> plan_entries(
    database::Snapshot& snapshot, const BatchTerms& terms, std::span<const WantedEntry> wanted
);

// Carries out a plan of this transaction that has no obstacle.
base::Result<void> place_entries(
    database::Transaction& transaction,
    const BatchTerms& terms,
    std::span<const WantedEntry> wanted,
    std::span<const PlannedEntry> plan,
    std::string_view added_by,
    base::Time now
);

}  // namespace accounts
