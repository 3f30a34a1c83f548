#include "base/clock.h"

#include <charconv>

namespace base {

using namespace std::chrono;

Time SystemClock::now() const {
    return floor<milliseconds>(system_clock::now());
}

std::string to_rfc3339(Time time) {
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count()
    );
}

Result<Time> from_rfc3339(std::string_view text) {
    const auto bad = [&] {
        return failure(ErrorKind::invalid, "not a time like 2026-11-21T20:03:47Z: \"{}\"", text);
    };
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < shape.size() + 1 || text.back() != 'Z') return bad();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return bad();
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + length, value);
        return value;
    };
    const year_month_day date(
        year(number(0, 4)),
        month(static_cast<unsigned>(number(5, 2))),
        day(static_cast<unsigned>(number(8, 2)))
    );
    if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) return bad();
    int milliseconds_part = 0;
    const std::string_view fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
    if (!fraction.empty()) {
        if (fraction.front() != '.' || fraction.size() < 2) return bad();
        int scale = 100;
        for (const char c : fraction.substr(1)) {
            if (c < '0' || c > '9') return bad();
            milliseconds_part += (c - '0') * scale;
            scale /= 10;
        }
    }
    return Time(sys_days(date)) + hours(number(11, 2)) + minutes(number(14, 2)) +
           seconds(number(17, 2)) + milliseconds(milliseconds_part);
}

}  // namespace base
