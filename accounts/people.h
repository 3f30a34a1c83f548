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
    std::vector<std::string> acts_for;  // keys of others' mailboxes whose `user` holds they decide
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
base::Result<Person> find_person_in_row(database::Snapshot& snapshot, std::int64_t row);
// By address. Everybody: for the command line and administrators.
base::Result<std::vector<Person>> list_people(database::Snapshot& snapshot);
// The account an address leads to, or none.
base::Result<std::optional<std::int64_t>> account_row_of(
    database::Snapshot& snapshot, std::string_view address_key
);
// Gives the account one more address. Managed senders that stood under the bare address become the
// account's. Error conflict: the address belongs to an account already.
base::Result<void> bind_address(
    database::Transaction& transaction, std::int64_t person_row, const mail::Address& address
);
// Ends every session of the account too, but for the one `spared_token` belongs to, and every API
// token. Error: not_found.
base::Result<void> set_password(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view password_hash,
    std::string_view spared_token = {}
);
// "" for unknown people: password::verify does the same work for it.
base::Result<std::string> password_hash_of(
    database::Snapshot& snapshot, std::string_view address_key
);

}  // namespace accounts
