#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/address.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// Who acts for a mailbox that is not theirs: sees and decides its `user` holds, and keeps its
// managed senders. It is one address, with or without an account; further addresses of that account
// are granted by themselves. Taking part in the roles of that account is not included.

// False when it was granted already. Errors: not_found (no such account), invalid (one of the
// person's own addresses), limit (more than delegations_per_person_max).
base::Result<bool> grant_mailbox(
    database::Transaction& transaction,
    std::int64_t person_row,
    const mail::Address& mailbox,
    std::string_view granted_by,
    base::Time now
);
inline constexpr std::int64_t delegations_per_person_max = 200;
// False when it was not granted.
base::Result<bool> revoke_mailbox(
    database::Transaction& transaction, std::int64_t person_row, std::string_view mailbox_key
);

struct Delegation {
    std::string address;  // key: of the mailbox, or of the person who acts
    base::Time since;
    std::string granted_by;
};
// The mailboxes a person acts for, by address; not what has become their own since.
base::Result<std::vector<Delegation>> mailboxes_of(
    database::Snapshot& snapshot, std::int64_t person_row
);
// Who acts for any address of this account, by address; each person once, with the oldest grant.
base::Result<std::vector<Delegation>> delegates_of(
    database::Snapshot& snapshot, std::int64_t person_row
);

}  // namespace accounts
