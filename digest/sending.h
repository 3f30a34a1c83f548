#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "digest/letter.h"
#include "digest/recipients.h"
#include "quarantine/newly_held.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace digest {

enum class Again { no, yes };

// What one mail is to tell of.
struct Order {
    Kind kind = Kind::digest;
    base::Time since;  // holds received from here…
    base::Time until;  // …up to here
    // yes: also what an earlier mail has listed.
    Again again = Again::no;
};

// Of these holds those that a mail has listed: their ids.
base::Result<std::set<std::string>> told_of(
    database::Snapshot& snapshot, const std::vector<quarantine::WaitingHold>& holds
);

// What nobody has told this recipient of yet, oldest first (with Again::yes everything that waits).
// A notice leaves out what `no_notice_for_rules` names.
base::Result<std::vector<quarantine::WaitingHold>> untold(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    const Recipient& recipient,
    const Order& order
);

// Composes a mail about it and puts it into the outbox: the mail, what it lists and the hash of its
// token in one transaction. From then on it counts as told; the courier brings it to the back end.
// Gives the number of holds; 0: there is nothing new, and no mail. Blocks; not for a loop. Errors:
// conflict (somebody else has just told of them), disk_full, limit, trouble.
base::Result<std::uint64_t> send(
    database::Store& store,
    const conf::Settings& settings,
    const Recipient& recipient,
    const Order& order,
    base::Random& random,
    base::Time now
);

}  // namespace digest
