#include "conf/time_zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

namespace conf {

namespace {

using base::ErrorKind;

std::filesystem::path tzdata_file(const char* name) {
    // cctz looks for the zones themselves in the same place.
    const char* directory = std::getenv("TZDIR");
    return std::filesystem::path(directory && *directory ? directory : "/usr/share/zoneinfo") /
           name;
}

// tzdata.zi, the compact form of the database: "Z NAME ..." begins a zone, "L ZONE NAME" is another
// name of one.
std::set<std::string, std::less<>> known_names() {
    std::set<std::string, std::less<>> names = {"UTC"};
    std::ifstream file(tzdata_file("tzdata.zi"));
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string kind;
        std::string name;
        words >> kind >> name;
        if (kind == "L") words >> name;
        if ((kind == "Z" || kind == "L") && words) names.insert(std::move(name));
    }
    return names;
}

// zone.tab: countries, coordinates, NAME, comments, with tabs between.
std::vector<std::string> names_to_choose() {
    std::set<std::string> names;
    std::ifstream file(tzdata_file("zone.tab"));
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        std::string country;
        std::string coordinates;
        std::string name;
        if (words >> country >> coordinates >> name && is_time_zone(name))
            names.insert(std::move(name));
    }
    std::vector<std::string> all = {"UTC"};
    all.insert(all.end(), names.begin(), names.end());
    return all;
}

using Seconds = cctz::time_point<cctz::seconds>;

Seconds whole_seconds(base::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

base::Time moment_of(const cctz::time_zone& zone, const cctz::civil_second& shown) {
    const auto found = zone.lookup(shown);
    return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
}

}  // namespace

bool is_time_zone(std::string_view name) {
    static const auto names = known_names();
    if (!names.contains(name)) return false;
    cctz::time_zone zone;
    return cctz::load_time_zone(std::string(name), &zone);
}

const std::vector<std::string>& time_zone_names() {
    static const auto names = names_to_choose();
    return names;
}

struct TimeZone::Rules {
    std::string name;
    cctz::time_zone zone;
};

TimeZone::TimeZone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

TimeZone TimeZone::utc() {
    return TimeZone(std::make_shared<const Rules>(Rules{"UTC", cctz::utc_time_zone()}));
}

base::Result<TimeZone> TimeZone::named(std::string_view name) {
    if (!is_time_zone(name))
        return base::failure(ErrorKind::not_found, "\"{}\" is no time zone known here", name);
    Rules rules{std::string(name), {}};
    if (!cctz::load_time_zone(rules.name, &rules.zone))
        return base::failure(ErrorKind::not_found, "time zone \"{}\" cannot be read", name);
    return TimeZone(std::make_shared<const Rules>(std::move(rules)));
}

const std::string& TimeZone::name() const {
    return rules_->name;
}

LocalTime TimeZone::local(base::Time time) const {
    const auto shown = rules_->zone.lookup(whole_seconds(time));
    LocalTime local;
    local.year = static_cast<int>(shown.cs.year());
    local.month = shown.cs.month();
    local.day = shown.cs.day();
    local.hour = shown.cs.hour();
    local.minute = shown.cs.minute();
    local.second = shown.cs.second();
    local.weekday = static_cast<int>(cctz::get_weekday(cctz::civil_day(shown.cs)));
    local.offset_seconds = shown.offset;
    return local;
}

base::Time TimeZone::start_of_day(int year, int month, int day) const {
    return moment_of(rules_->zone, cctz::civil_second(year, month, day));
}

std::optional<base::Time> TimeZone::next(
    std::span<const int> minutes, unsigned days, base::Time after
) const {
    std::optional<base::Time> first;
    // The day before too: a time skipped at midnight is taken on the next day.
    const cctz::civil_day today(rules_->zone.lookup(whole_seconds(after)).cs);
    for (cctz::civil_day day = today - 1; day <= today + 8; ++day) {
        if (!(days >> static_cast<unsigned>(cctz::get_weekday(day)) & 1u)) continue;
        for (const int minute : minutes) {
            const auto at =
                moment_of(rules_->zone, cctz::civil_second(day) + std::int64_t{minute} * 60);
            if (at > after && (!first || at < *first)) first = at;
        }
    }
    return first;
}

}  // namespace conf
