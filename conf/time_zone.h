#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

// Names of the IANA time zone database as installed on this machine (Debian's tzdata): every zone
// and every other name of one. Without tzdata only "UTC" is known. Reads files the first time.
bool is_time_zone(std::string_view name);
// Those to choose from: "UTC", then one or more for each country, by name. Fewer than
// is_time_zone() knows, which takes old names too.
const std::vector<std::string>& time_zone_names();

// A clock on the wall there.
struct LocalTime {
    int year = 1970;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int weekday = 0;         // 0: Monday
    int offset_seconds = 0;  // east of UTC
};

// The rules by which a place sets its clocks. Cheap to copy; thread-safe.
class TimeZone {
  public:
    static TimeZone utc();
    // Error not_found: is_time_zone() says no.
    static base::Result<TimeZone> named(std::string_view name);

    const std::string& name() const;
    LocalTime local(base::Time time) const;
    // The first moment of that day there: midnight but for the rare days that have none. Days and
    // months past their end are the next ones'.
    base::Time start_of_day(int year, int month, int day) const;

    // The first time after `after` that the clock there shows one of `minutes` (since midnight, 0
    // to 1439) on one of `days` (bit 0: Monday). A time the clock jumps over is taken when it
    // jumps; one it shows twice is taken the first time alone. None: no minute or no day is given.
    std::optional<base::Time> next(std::span<const int> minutes, unsigned days, base::Time after)
        const;

  private:
    struct Rules;
    explicit TimeZone(std::shared_ptr<const Rules> rules);
    std::shared_ptr<const Rules> rules_;
};

}  // namespace conf
