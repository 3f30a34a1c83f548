#pragma once

#include "accounts/preferences.h"
#include "base/clock.h"
#include "base/result.h"
#include "conf/settings.h"
#include "conf/time_zone.h"
#include "database/statement.h"
#include "mail/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace digest {

// Times of day at which digests are due, on the clocks of a place.
struct Schedule {
    std::vector<int> minutes;  // since midnight
    unsigned days = 0;         // bit 0: Monday
    conf::TimeZone zone = conf::TimeZone::utc();

    std::optional<base::Time> next(base::Time after) const;
    // Whether one of the times lies in (after, until].
    bool has_time_in(base::Time after, base::Time until) const;
};
Schedule schedule_of(const conf::Digest& site);
// What somebody has chosen, and the site's for the rest.
Schedule schedule_of(const accounts::Preferences& chosen, const conf::Digest& site);

// Somebody who owns holds, and how they want to hear of them: a person with everything they own, or
// an address without an account, which gets the site's ways.
struct Recipient {
    mail::Address address;            // where the mail goes
    std::vector<std::string> owners;  // address keys
    conf::DigestMode mode = conf::DigestMode::none;
    Schedule schedule;
    std::string language;  // "en"
};

// Who hears of the holds of this owner. None: the address is not of a protected domain (any more),
// or cannot be mailed to.
base::Result<std::optional<Recipient>> recipient_for(
    database::Snapshot& snapshot, const conf::Settings& settings, std::string_view owner
);

// When the next digest is due for this person or address, new holds provided; none when no digest
// will come.
base::Result<std::optional<base::Time>> next_digest_at(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    std::string_view owner,
    base::Time now
);

}  // namespace digest
