#include "accounts/sender_lists.h"

#include "accounts/people.h"
#include "accounts/time_column.h"
#include "base/ascii.h"

#include <charconv>
#include <set>

namespace accounts {

using base::ErrorKind;
using base::failure;
using policy::SenderList;
using policy::SenderPattern;

namespace {

std::string owner_of_account(std::int64_t row) {
    return fmt::format("account {}", row);
}
std::string owner_of_address(std::string_view key) {
    return fmt::format("address {}", key);
}

std::int64_t class_of(SenderList list) {
    return list == SenderList::trusted ? 1 : 0;
}

base::Result<std::int64_t> count_of(database::Snapshot& snapshot, std::string_view owner) {
    auto rows = snapshot.query("SELECT entries FROM managed_sender_count WHERE owner = ?", {owner});
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    return *there ? rows->integer(0) : std::int64_t{0};
}

base::Result<SenderList> list_in(std::string_view name) {
    const auto list = policy::sender_list_named(name);
    if (!list) return failure(ErrorKind::corrupt, "unknown list \"{}\" in the store", name);
    return *list;
}

}  // namespace

base::Result<std::string> list_owner_of(database::Snapshot& snapshot, std::string_view owner) {
    auto account = account_row_of(snapshot, owner);
    if (!account) return failure(account.error());
    return *account ? owner_of_account(**account) : owner_of_address(owner);
}

std::optional<EntryRefusal> refusal_of(
    SenderList list, const SenderPattern& pattern, const std::vector<mail::Domain>& own_domains
) {
    if (pattern.is_address) return std::nullopt;
    const auto domain = mail::Domain::parse_with_literal(pattern.key);
    if (!domain) return EntryRefusal{Forbidden::public_suffix, domain.error().text};
    if (!domain->is_literal() && domain->is_public_suffix())
        return EntryRefusal{
            Forbidden::public_suffix,
            fmt::format(
                "{} would cover everybody who has a name under it: enter a domain below it",
                pattern.key
            )
        };
    if (list != SenderList::permitted && list != SenderList::auto_permitted) return std::nullopt;
    for (const auto& own : own_domains)
        if (own.is_within(*domain) || domain->is_within(own))
            return EntryRefusal{
                Forbidden::own_domain,
                fmt::format(
                    "{} is, or covers, your own domain {}: a permit would let through whoever "
                    "forges it",
                    pattern.key,
                    own.text()
                )
            };
    return std::nullopt;
}

base::Result<std::vector<policy::ManagedEntry>> entries_for(
    database::Snapshot& snapshot,
    std::string_view owner,
    const std::vector<mail::Address>& identities
) {
    std::vector<policy::ManagedEntry> entries;
    auto column = list_owner_of(snapshot, owner);
    if (!column) return failure(column.error(), "looking up managed senders");
    auto count = count_of(snapshot, *column);
    if (!count) return failure(count.error(), "looking up managed senders");
    if (*count == 0) return entries;

    std::set<std::string> keys;
    for (const auto& identity : identities)
        for (auto& key : policy::candidate_keys(identity)) keys.insert(std::move(key));
    for (const auto& key : keys) {
        auto rows = snapshot.query(
            "SELECT list, is_address FROM managed_sender WHERE owner = ? AND key = ?",
            {*column, key}
        );
        if (!rows) return failure(rows.error(), "looking up managed senders");
        for (;;) {
            auto there = rows->next();
            if (!there) return failure(there.error(), "looking up managed senders");
            if (!*there) break;
            auto list = list_in(rows->text(0));
            if (!list) return failure(list.error());
            entries.push_back({*list, SenderPattern{key, rows->integer(1) != 0}});
        }
    }
    return entries;
}

base::Result<Added> add_entry(
    database::Transaction& transaction,
    std::string_view owner,
    SenderList list,
    const SenderPattern& pattern,
    std::string_view added_by,
    const std::vector<mail::Domain>& own_domains,
    base::Time now
) {
    if (const auto refusal = refusal_of(list, pattern, own_domains))
        return failure(ErrorKind::invalid, "{}", refusal->why);
    auto column = list_owner_of(transaction, owner);
    if (!column) return failure(column.error());
    auto updated = transaction.execute(
        "UPDATE managed_sender SET list = ?, added_at = ?, added_by = ? "
        "WHERE owner = ? AND key = ? AND class = ? AND list <> ?",
        {policy::name_of(list),
         to_column(now),
         added_by,
         *column,
         pattern.key,
         class_of(list),
         policy::name_of(list)}
    );
    if (!updated) return failure(updated.error(), "moving a managed sender");
    if (*updated == 1) return Added::added;

    auto inserted = transaction.execute(
        "INSERT INTO managed_sender (owner, key, class, list, is_address, added_at, added_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        {*column,
         pattern.key,
         class_of(list),
         policy::name_of(list),
         std::int64_t{pattern.is_address},
         to_column(now),
         added_by}
    );
    if (!inserted) return failure(inserted.error(), "adding a managed sender");
    if (*inserted == 0) return Added::was_there;
    auto count = count_of(transaction, *column);
    if (!count) return failure(count.error());
    if (*count > entries_per_owner_max) {
        // Callers tell the person and go on with their transaction: it must not stay behind.
        auto removed = remove_entry(transaction, owner, list, pattern);
        if (!removed) return failure(removed.error());
        return failure(
            ErrorKind::limit,
            "the list is full ({} entries): remove some, or ask for a rule instead",
            entries_per_owner_max
        );
    }
    return Added::added;
}

base::Result<std::int64_t> remove_entry(
    database::Transaction& transaction,
    std::string_view owner,
    std::optional<SenderList> list,
    const SenderPattern& pattern
) {
    auto column = list_owner_of(transaction, owner);
    if (!column) return failure(column.error());
    auto removed =
        list ? transaction.execute(
                   "DELETE FROM managed_sender WHERE owner = ? AND key = ? AND list = ?",
                   {*column, pattern.key, policy::name_of(*list)}
               )
             : transaction.execute(
                   "DELETE FROM managed_sender WHERE owner = ? AND key = ?", {*column, pattern.key}
               );
    if (!removed) return failure(removed.error(), "removing a managed sender");
    return removed;
}

base::Result<void> adopt_entries(
    database::Transaction& transaction, std::int64_t person_row, std::string_view address_key
) {
    const auto from = owner_of_address(address_key);
    const auto to = owner_of_account(person_row);
    auto moved = transaction.execute(
        "INSERT INTO managed_sender (owner, key, class, list, is_address, added_at, added_by) "
        "SELECT ?, key, class, list, is_address, added_at, added_by FROM managed_sender "
        "WHERE owner = ? ON CONFLICT DO NOTHING",
        {to, from}
    );
    if (!moved) return failure(moved.error(), "adopting managed senders");
    for (const auto* sql :
         {"DELETE FROM managed_sender WHERE owner = ?",
          "DELETE FROM managed_sender_count WHERE owner = ?"}) {
        auto removed = transaction.execute(sql, {from});
        if (!removed) return failure(removed.error(), "adopting managed senders");
    }
    return {};
}

namespace {

// The WHERE of a page and of its total; the values' views live in the filter and in `owner`.
struct Where {
    std::string sql = "owner = ?";
    std::vector<database::Value> values;
};

Where where_of(std::string_view owner, const SenderFilter& filter, std::string_view search) {
    Where where;
    where.values.emplace_back(owner);
    if (filter.list) {
        where.sql += " AND list = ?";
        where.values.emplace_back(policy::name_of(*filter.list));
    }
    if (filter.addresses) {
        where.sql += " AND is_address = ?";
        where.values.emplace_back(std::int64_t{*filter.addresses});
    }
    if (!search.empty()) {
        where.sql += " AND instr(key, ?) > 0";
        where.values.emplace_back(search);
    }
    return where;
}

base::Result<SenderEntry> sender_entry_in(const database::Rows& rows) {
    auto list = list_in(rows.text(1));
    if (!list) return failure(list.error());
    return SenderEntry{
        *list,
        SenderPattern{std::string(rows.text(0)), rows.integer(2) != 0},
        from_column(rows.integer(3)),
        std::string(rows.text(4))
    };
}

// The last row of the page before: "0 key" or "1 key" (the class and the key), and by age "0 key"
// with the time in front of it: "1700000000000 0 key".
std::string cursor_of(const SenderEntry& entry, SenderOrder order) {
    const auto place = fmt::format("{} {}", class_of(entry.list), entry.pattern.key);
    if (order == SenderOrder::by_entry) return place;
    return fmt::format("{} {}", to_column(entry.added_at), place);
}

struct Place {
    std::int64_t added_at = 0;  // only by age
    std::int64_t list_class = 0;
    std::string_view key;
};

std::optional<Place> place_in(std::string_view cursor, SenderOrder order) {
    Place place;
    if (order == SenderOrder::newest_first) {
        const auto end = cursor.find(' ');
        if (end == std::string_view::npos) return std::nullopt;
        const char* stop = cursor.data() + end;
        const auto [read, error] = std::from_chars(cursor.data(), stop, place.added_at);
        if (error != std::errc() || read != stop) return std::nullopt;
        cursor.remove_prefix(end + 1);
    }
    if (cursor.size() < 3 || (cursor[0] != '0' && cursor[0] != '1') || cursor[1] != ' ')
        return std::nullopt;
    place.list_class = cursor[0] - '0';
    place.key = cursor.substr(2);
    return place;
}

void begin_behind(Where& where, const Place& place, SenderOrder order) {
    if (order == SenderOrder::newest_first) {
        where.sql += " AND (added_at < ? OR (added_at = ? AND (key, class) > (?, ?)))";
        where.values.emplace_back(place.added_at);
        where.values.emplace_back(place.added_at);
    } else {
        where.sql += " AND (key, class) > (?, ?)";
    }
    where.values.emplace_back(place.key);
    where.values.emplace_back(place.list_class);
}

}  // namespace

base::Result<SenderPage> list_entries(
    database::Snapshot& snapshot,
    std::string_view owner,
    const SenderFilter& filter,
    std::string_view cursor,
    int limit
) {
    auto column = list_owner_of(snapshot, owner);
    if (!column) return failure(column.error());
    const auto search = base::lower(filter.search);
    auto where = where_of(*column, filter, search);
    SenderPage page;
    {
        auto rows =
            snapshot.query("SELECT count(*) FROM managed_sender WHERE " + where.sql, where.values);
        if (!rows) return failure(rows.error(), "counting managed senders");
        auto there = rows->next();
        if (!there) return failure(there.error(), "counting managed senders");
        page.total = static_cast<std::uint64_t>(rows->integer(0));
    }
    if (!cursor.empty()) {
        const auto place = place_in(cursor, filter.order);
        if (!place) return failure(ErrorKind::invalid, "this is not a cursor of ours");
        begin_behind(where, *place, filter.order);
    }
    // One more than asked for says whether there is a next page.
    where.values.emplace_back(std::int64_t{limit} + 1);
    // A list has at most entries_per_owner_max entries: sorting them by age needs no index.
    const std::string_view order =
        filter.order == SenderOrder::by_entry ? "key, class" : "added_at DESC, key, class";
    auto rows = snapshot.query(
        fmt::format(
            "SELECT key, list, is_address, added_at, added_by FROM managed_sender WHERE {} "
            "ORDER BY {} LIMIT ?",
            where.sql,
            order
        ),
        where.values
    );
    if (!rows) return failure(rows.error(), "listing managed senders");
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "listing managed senders");
        if (!*there) return page;
        if (page.entries.size() == static_cast<std::size_t>(limit)) {
            page.next = cursor_of(page.entries.back(), filter.order);
            return page;
        }
        auto entry = sender_entry_in(*rows);
        if (!entry) return failure(entry.error());
        page.entries.push_back(std::move(*entry));
    }
}

}  // namespace accounts
