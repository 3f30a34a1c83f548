#include "accounts/preferences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace accounts {

using base::ErrorKind;
using base::failure;

namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr unsigned whole_week = 0x7f;

std::vector<std::string> times_in(std::string_view column) {
    std::vector<std::string> times;
    while (!column.empty()) {
        const std::size_t end = std::min(column.find(' '), column.size());
        times.emplace_back(column.substr(0, end));
        column.remove_prefix(std::min(end + 1, column.size()));
    }
    return times;
}

}  // namespace

std::string_view name_of(Notify notify) {
    switch (notify) {
        case Notify::site:
            return "";
        case Notify::digest:
            return "digest";
        case Notify::notice:
            return "notice";
        case Notify::nothing:
            return "none";
    }
    return "";
}

std::optional<Notify> notify_named(std::string_view name) {
    for (const auto notify : {Notify::site, Notify::digest, Notify::notice, Notify::nothing})
        if (name_of(notify) == name) return notify;
    return std::nullopt;
}

bool is_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return false;
    for (const std::size_t at : {0u, 1u, 3u, 4u})
        if (text[at] < '0' || text[at] > '9') return false;
    return text.substr(0, 2) < "24" && text[3] < '6';
}

base::Result<Preferences> preferences_of(database::Snapshot& snapshot, std::int64_t person_row) {
    Preferences preferences;
    auto rows = snapshot.query(
        "SELECT language, time_zone, notify, digest_times, digest_days FROM preference "
        "WHERE account = ?",
        {person_row}
    );
    if (!rows) return failure(rows.error(), "looking up preferences");
    auto there = rows->next();
    if (!there) return failure(there.error(), "looking up preferences");
    if (!*there) return preferences;
    preferences.language = rows->text(0);
    preferences.time_zone = rows->text(1);
    const auto notify = notify_named(rows->text(2));
    if (!notify) return failure(ErrorKind::corrupt, "account {} has unknown wishes", person_row);
    preferences.notify = *notify;
    preferences.digest_times = times_in(rows->text(3));
    preferences.digest_days = static_cast<unsigned>(rows->integer(4)) & whole_week;
    return preferences;
}

base::Result<void> set_preferences(
    database::Transaction& transaction, std::int64_t person_row, const Preferences& preferences
) {
    if (preferences.language.size() > name_bytes_max)
        return failure(ErrorKind::invalid, "that is no language");
    if (preferences.time_zone.size() > name_bytes_max)
        return failure(ErrorKind::invalid, "that is no time zone");
    if (preferences.digest_days > whole_week)
        return failure(ErrorKind::invalid, "a week has seven days");
    std::set<std::string_view> ordered;
    for (const auto& time : preferences.digest_times) {
        if (!is_time_of_day(time))
            return failure(ErrorKind::invalid, "\"{}\" is no time of day (09:30)", time);
        ordered.insert(time);
    }
    if (ordered.size() > digest_times_max)
        return failure(ErrorKind::limit, "at most {} times a day", digest_times_max);
    const std::string times = fmt::format("{}", fmt::join(ordered, " "));
    auto set = transaction.execute(
        "INSERT INTO preference (account, language, time_zone, notify, digest_times, digest_days) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET "
        "language = excluded.language, time_zone = excluded.time_zone, notify = excluded.notify, "
        "digest_times = excluded.digest_times, digest_days = excluded.digest_days",
        {person_row,
         preferences.language,
         preferences.time_zone,
         name_of(preferences.notify),
         times,
         std::int64_t{preferences.digest_days}}
    );
    if (!set) return failure(set.error(), "setting preferences");
    return {};
}

base::Result<std::vector<Preferences>> chosen_schedules(database::Snapshot& snapshot) {
    auto rows = snapshot.query(
        "SELECT DISTINCT time_zone, digest_times, digest_days FROM preference "
        "WHERE notify IN ('', 'digest') AND "
        "(time_zone <> '' OR digest_times <> '' OR digest_days <> 0)"
    );
    if (!rows) return failure(rows.error(), "looking up when digests are due");
    std::vector<Preferences> chosen;
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking up when digests are due");
        if (!*there) return chosen;
        Preferences& one = chosen.emplace_back();
        one.time_zone = rows->text(0);
        one.digest_times = times_in(rows->text(1));
        one.digest_days = static_cast<unsigned>(rows->integer(2)) & whole_week;
    }
}

base::Result<bool> does_anybody_want_notices(database::Snapshot& snapshot) {
    auto rows = snapshot.query("SELECT 1 FROM preference WHERE notify = 'notice' LIMIT 1");
    if (!rows) return failure(rows.error(), "looking up who wants notices");
    auto there = rows->next();
    if (!there) return failure(there.error(), "looking up who wants notices");
    return *there;
}

}  // namespace accounts
