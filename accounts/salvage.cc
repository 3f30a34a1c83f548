#include "accounts/salvage.h"

#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace accounts {
namespace {

using database::integer_in;
using database::text_in;

constexpr std::string_view account_owner = "account ";
constexpr std::string_view address_owner = "address ";

void move_gaps(std::vector<std::string>& from, std::vector<std::string>& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

std::string owner_named(
    std::string_view column, const std::map<std::string, std::string, std::less<>>& addresses
) {
    if (column.starts_with(address_owner)) return std::string(column.substr(address_owner.size()));
    if (!column.starts_with(account_owner)) return std::string(column);
    const auto known = addresses.find(column.substr(account_owner.size()));
    return known != addresses.end() ? known->second : std::string(column);
}

}  // namespace

base::Result<SalvagedPeople> salvage_people(
    database::Salvage& store, const std::function<base::Result<void>(const SalvagedSender&)>& each
) {
    using Row = database::Salvage::Row;
    SalvagedPeople found;
    std::map<std::int64_t, SalvagedPerson> people;
    auto accounts = store.rows_by_number(
        "account",
        "id",
        "address, name, role",
        0,
        std::numeric_limits<std::int64_t>::max(),
        [&](Row row) -> base::Result<void> {
            people[integer_in(row[0])] = {
                std::string(text_in(row[1])),
                std::string(text_in(row[2])),
                std::string(text_in(row[3])),
                {}
            };
            return {};
        }
    );
    if (!accounts) return base::failure(std::move(accounts.error()));
    move_gaps(accounts->gaps, found.gaps);

    constexpr std::array<std::string_view, 1> address_keys = {"address"};
    auto aliases = store.rows_by_key(
        "account_address",
        address_keys,
        "account",
        [&](Row row) -> base::Result<void> {
            auto& person = people[integer_in(row[1])];
            if (text_in(row[0]) != person.address) person.aliases.emplace_back(text_in(row[0]));
            return {};
        }
    );
    if (!aliases) return base::failure(std::move(aliases.error()));
    move_gaps(aliases->gaps, found.gaps);

    std::map<std::string, std::string, std::less<>> addresses;
    for (auto& [row, person] : people) {
        if (!person.address.empty()) addresses[std::to_string(row)] = person.address;
        found.people.push_back(person);
    }

    constexpr std::array<std::string_view, 3> sender_keys = {"owner", "key", "class"};
    auto senders =
        store.rows_by_key("managed_sender", sender_keys, "list, added_at, added_by", [&](Row row) {
            SalvagedSender sender;
            sender.owner = owner_named(text_in(row[0]), addresses);
            sender.entry = text_in(row[1]);
            sender.list = text_in(row[3]);
            sender.added_at = integer_in(row[4]);
            sender.added_by = text_in(row[5]);
            return each(sender);
        });
    if (!senders) return base::failure(std::move(senders.error()));
    found.senders = senders->rows;
    move_gaps(senders->gaps, found.gaps);
    return found;
}

}  // namespace accounts
