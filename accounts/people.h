#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

enum class Role { user, moderator, administrator };
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

struct Person {
    std::int64_t row = 0;
    std::string address;                 // key of the account's own address
    std::vector<std::string> addresses;  // keys: own address and aliases; holds of these are theirs
    std::string name;
    Role role = Role::user;
};

// Error conflict: the address belongs to an account already. `password_hash` "" means: cannot sign
// in with a password.
base::Result<Person> add_person(
    database::Transaction& transaction,
    const mail::Address& address,
    Role role,
    std::string_view password_hash,
    base::Time now
);
base::Result<Person> find_person(database::Snapshot& snapshot, std::string_view address_key);
// "" for unknown people: password::verify does the same work for it.
base::Result<std::string> password_hash_of(
    database::Snapshot& snapshot, std::string_view address_key
);

}  // namespace accounts
