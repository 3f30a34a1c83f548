#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/address.h"
#include "policy/managed_senders.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// The managed senders of one address (`owner`: address key). Lists belong to the account when the
// address has one, so that all its addresses share them; else to the address itself. Resolved here.

// Whose lists those are, as it stands in the tables.
base::Result<std::string> list_owner_of(database::Snapshot& snapshot, std::string_view owner);

// What policy::deciding_entry needs for these identities: the entries that stand under any of their
// candidate keys. A handful of index look-ups, whatever the size of the lists.
base::Result<std::vector<policy::ManagedEntry>> entries_for(
    database::Snapshot& snapshot,
    std::string_view owner,
    const std::vector<mail::Address>& identities
);

struct SenderEntry {
    policy::SenderList list = policy::SenderList::blocked;
    policy::SenderPattern pattern;
    base::Time added_at;
    std::string added_by;
};

// Why an entry may not stand in a list, in code and in plain words.
enum class Forbidden { public_suffix, own_domain };
struct EntryRefusal {
    Forbidden what = Forbidden::public_suffix;
    std::string why;
};
// None: it may. A public suffix stands in no list; a permit does not name one of `own_domains`, nor
// a domain that covers one or lies below it.
std::optional<EntryRefusal> refusal_of(
    policy::SenderList list,
    const policy::SenderPattern& pattern,
    const std::vector<mail::Domain>& own_domains
);

enum class Added { added, was_there };
inline constexpr std::int64_t entries_per_owner_max = 100'000;
// An entry is in at most one of blocked / permitted / auto_permitted: adding moves it. (Trusted is
// beside them.) Error invalid: permitting one of `own_domains` (or a domain that covers one) or
// anything about a public suffix; limit: more than entries_per_owner_max.
base::Result<Added> add_entry(
    database::Transaction& transaction,
    std::string_view owner,
    policy::SenderList list,
    const policy::SenderPattern& pattern,
    std::string_view added_by,
    const std::vector<mail::Domain>& own_domains,
    base::Time now
);
// From every list when `list` is none. The number removed.
base::Result<std::int64_t> remove_entry(
    database::Transaction& transaction,
    std::string_view owner,
    std::optional<policy::SenderList> list,
    const policy::SenderPattern& pattern
);

// What stood under the bare address becomes the account's; where both have an entry the account's
// stays.
base::Result<void> adopt_entries(
    database::Transaction& transaction, std::int64_t person_row, std::string_view address_key
);

enum class SenderOrder { by_entry, newest_first };
struct SenderFilter {
    std::optional<policy::SenderList> list;
    std::string search;             // substring of the key
    std::optional<bool> addresses;  // only addresses / only domains
    SenderOrder order = SenderOrder::by_entry;
};
struct SenderPage {
    std::vector<SenderEntry> entries;
    std::string next;
    std::uint64_t total = 0;
};
// A cursor belongs to the order it came from.
base::Result<SenderPage> list_entries(
    database::Snapshot& snapshot,
    std::string_view owner,
    const SenderFilter& filter,
    std::string_view cursor,
    int limit
);

}  // namespace accounts
