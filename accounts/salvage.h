#pragma once

#include "base/result.h"
#include "database/salvage.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace accounts {

// What can still be read of people and their lists in a damaged store. Passwords, sessions and
// tokens are not given: who has such a file must not get in with it.
struct SalvagedPerson {
    std::string address;
    std::string name;
    std::string role;
    std::vector<std::string> aliases;
};
struct SalvagedSender {
    std::string owner;          // address, or "account N" when the account cannot be read
    std::string list;           // blocked, permitted, auto_permitted, trusted
    std::string entry;          // address or domain
    std::int64_t added_at = 0;  // milliseconds since 1970, UTC
    std::string added_by;
};

struct SalvagedPeople {
    std::vector<SalvagedPerson> people;
    std::uint64_t senders = 0;
    std::vector<std::string> gaps;
};
// The people; the entries of their lists go to `each`, whose errors end it.
base::Result<SalvagedPeople> salvage_people(
    database::Salvage& store, const std::function<base::Result<void>(const SalvagedSender&)>& each
);

}  // namespace accounts
