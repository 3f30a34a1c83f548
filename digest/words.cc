#include "digest/words.h"

#include "policy/built_in_rules.h"

#include <fmt/format.h>

namespace digest {

std::string Counted::of(std::uint64_t n) const {
    return fmt::format(fmt::runtime(n == 1 ? one : many), fmt::arg("n", n));
}

const Words& words_in(std::string_view language) {
    for (const Words* words : {&english, &german})
        if (words->language == language) return *words;
    return english;
}

std::string date_text(const Words& words, const conf::TimeZone& zone, base::Time time) {
    const conf::LocalTime local = zone.local(time);
    return fmt::format(
        fmt::runtime(words.date),
        fmt::arg("weekday", words.days.at(static_cast<std::size_t>(local.weekday))),
        fmt::arg("day", local.day),
        fmt::arg("month", words.months.at(static_cast<std::size_t>(local.month - 1))),
        fmt::arg("year", local.year),
        fmt::arg("hour", fmt::format("{:02}", local.hour)),
        fmt::arg("minute", fmt::format("{:02}", local.minute)),
        // Whoever has chosen no zone has to be told which one this is.
        fmt::arg("zone", local.offset_seconds == 0 && zone.name() == "UTC" ? " UTC" : "")
    );
}

std::string size_text(const Words& words, std::uint64_t bytes) {
    constexpr std::uint64_t kilobyte = 1000;
    constexpr std::uint64_t megabyte = 1000 * kilobyte;
    if (bytes < megabyte) return fmt::format("{} KB", (bytes + kilobyte - 1) / kilobyte);
    const std::uint64_t tenths = (bytes + megabyte / 20) / (megabyte / 10);
    return fmt::format("{}{}{} MB", tenths / 10, words.decimal_point, tenths % 10);
}

std::string_view reason_text(const Words& words, std::string_view rule, std::string_view reason) {
    return rule == policy::not_one_from_rule ? words.reason_not_one_from : reason;
}

}  // namespace digest
