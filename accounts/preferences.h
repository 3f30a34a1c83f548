#pragma once

#include "base/result.h"
#include "database/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// How a person is told of new holds. site: as the settings say; notice: at once, one by one.
enum class Notify { site, digest, notice, nothing };
// "", "digest", "notice", "none".
std::string_view name_of(Notify notify);
std::optional<Notify> notify_named(std::string_view name);

// What a person chose for themselves; what is empty follows the site.
struct Preferences {
    std::string language;   // "de"; "": the browser's
    std::string time_zone;  // "Europe/Berlin"; "": the browser's, and the site's in mail
    Notify notify = Notify::site;
    std::vector<std::string> digest_times;  // "HH:MM", ascending, each once; empty: the site's
    unsigned digest_days = 0;               // bit 0: Monday … bit 6: Sunday; 0: the site's

    bool operator==(const Preferences&) const = default;
};

inline constexpr std::size_t digest_times_max = 24;

// "09:30": two digits, a colon, two digits, a time there is on a day.
bool is_time_of_day(std::string_view text);

// Defaults for who has chosen nothing (or has no account).
base::Result<Preferences> preferences_of(database::Snapshot& snapshot, std::int64_t person_row);
// Times are put in order and kept once. Errors invalid: a time that is none, days past
// Sunday, a language or zone of more than 64 bytes; limit: more than digest_times_max times.
// Whether there is such a zone or language is the caller's to know.
base::Result<void> set_preferences(
    database::Transaction& transaction, std::int64_t person_row, const Preferences& preferences
);

// The zones, times and days that people with digests have chosen, each once, when any of the three
// is theirs; the other members are empty. For who has to know when somebody is due.
base::Result<std::vector<Preferences>> chosen_schedules(database::Snapshot& snapshot);
base::Result<bool> does_anybody_want_notices(database::Snapshot& snapshot);

}  // namespace accounts
