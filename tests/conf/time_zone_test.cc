#include "conf/time_zone.h"

#include "base/ensure.h"
#include "tests/catch.h"

#include <algorithm>
#include <array>

using conf::TimeZone;

namespace {

base::Time utc(std::string_view text) {
    auto time = base::from_rfc3339(text);
    base::ensure(time.has_value(), time ? "" : time.error().text);
    return *time;
}

TimeZone zone(std::string_view name) {
    auto found = TimeZone::named(name);
    base::ensure(found.has_value(), found ? "" : found.error().text);
    return *found;
}

constexpr unsigned daily = 0x7f;
constexpr unsigned workdays = 0x1f;

}  // namespace

TEST_CASE("A time zone is a name of the database, and nothing else on the disk") {
    for (const auto* name : {"UTC", "Europe/Berlin", "Asia/Calcutta", "America/Argentina/Ushuaia"})
        CHECK(conf::is_time_zone(name));
    for (const auto* name :
         {"",
          "Europe",
          "Europe/Berlin/",
          "europe/berlin",
          "/usr/share/zoneinfo/UTC",
          "../zoneinfo/UTC",
          "posix/Europe/Berlin",
          "right/Europe/Berlin",
          "localtime",
          "zone.tab",
          "libc:localtime",
          "Fixed/UTC+01:00:00",
          "CET-1CEST"})
        CHECK_FALSE(conf::is_time_zone(name));
    CHECK(TimeZone::named("Mars/Olympus").error().kind == base::ErrorKind::not_found);
}

TEST_CASE("The names to choose from are zones, each once, with UTC first") {
    const auto& names = conf::time_zone_names();
    REQUIRE(names.size() > 300);
    CHECK(names.front() == "UTC");
    CHECK(std::is_sorted(names.begin() + 1, names.end()));
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    CHECK(std::find(names.begin(), names.end(), "Europe/Berlin") != names.end());
    CHECK(std::all_of(names.begin(), names.end(), conf::is_time_zone));
}

TEST_CASE("A moment is shown as the clocks of a place show it") {
    const auto berlin = zone("Europe/Berlin").local(utc("2026-07-05T22:30:15.999Z"));
    CHECK(berlin.year == 2026);
    CHECK(berlin.month == 7);
    CHECK(berlin.day == 6);
    CHECK(berlin.hour == 0);
    CHECK(berlin.minute == 30);
    CHECK(berlin.second == 15);
    CHECK(berlin.weekday == 0);
    CHECK(berlin.offset_seconds == 7200);
    CHECK(TimeZone::utc().local(utc("2026-11-22T00:00:00Z")).weekday == 6);
    CHECK(zone("Asia/Kolkata").local(utc("2026-01-01T00:00:00Z")).offset_seconds == 19'800);
}

TEST_CASE("A day begins at midnight, or when there is none at the jump") {
    CHECK(zone("Europe/Berlin").start_of_day(2026, 3, 29) == utc("2026-03-28T23:00:00Z"));
    CHECK(zone("Europe/Berlin").start_of_day(2026, 3, 30) == utc("2026-03-29T22:00:00Z"));
    CHECK(zone("Europe/Berlin").start_of_day(2026, 12, 32) == utc("2026-12-31T23:00:00Z"));
    // Clocks went from 00:00 to 01:00 that day.
    CHECK(zone("America/Sao_Paulo").start_of_day(2018, 11, 4) == utc("2018-11-04T03:00:00Z"));
}

TEST_CASE("The next time is the nearest after, on the days given") {
    const std::array minutes = {8 * 60, 17 * 60 + 30};
    const auto berlin = zone("Europe/Berlin");
    // 2026-11-20 is a Friday; 08:00 there is 07:00 UTC.
    CHECK(berlin.next(minutes, daily, utc("2026-11-20T06:59:59Z")) == utc("2026-11-20T07:00:00Z"));
    CHECK(berlin.next(minutes, daily, utc("2026-11-20T07:00:00Z")) == utc("2026-11-20T16:30:00Z"));
    CHECK(
        berlin.next(minutes, workdays, utc("2026-11-20T16:30:00Z")) == utc("2026-11-23T07:00:00Z")
    );
    const std::array one = {8 * 60};
    CHECK(berlin.next(one, 1u, utc("2026-11-23T07:00:00Z")) == utc("2026-11-30T07:00:00Z"));
    CHECK_FALSE(berlin.next({}, daily, utc("2026-11-20T00:00:00Z")));
    CHECK_FALSE(berlin.next(minutes, 0, utc("2026-11-20T00:00:00Z")));
}

TEST_CASE("A time that is jumped over comes at the jump, one that is shown twice comes once") {
    const auto berlin = zone("Europe/Berlin");
    const std::array half_past_two = {2 * 60 + 30};
    // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    CHECK(
        berlin.next(half_past_two, daily, utc("2026-03-28T12:00:00Z")) ==
        utc("2026-03-29T01:00:00Z")
    );
    CHECK(
        berlin.next(half_past_two, daily, utc("2026-03-29T01:00:00Z")) ==
        utc("2026-03-30T00:30:00Z")
    );
    // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
    CHECK(
        berlin.next(half_past_two, daily, utc("2026-10-24T12:00:00Z")) ==
        utc("2026-10-25T00:30:00Z")
    );
    CHECK(
        berlin.next(half_past_two, daily, utc("2026-10-25T00:30:00Z")) ==
        utc("2026-10-26T01:30:00Z")
    );
    // Samoa had no 30 December 2011 at all.
    const std::array eight = {8 * 60};
    CHECK(
        zone("Pacific/Apia").next(eight, daily, utc("2011-12-29T18:00:00Z")) ==
        utc("2011-12-30T10:00:00Z")
    );
}
