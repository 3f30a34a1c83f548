#include "conf/settings.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <array>

namespace conf {

std::string Endpoint::text() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

const ProtectedDomain* Settings::domain_of(const mail::Domain& name) const {
    for (const ProtectedDomain& domain : domains)
        if (domain.name == name) return &domain;
    return nullptr;
}

std::string_view name_of(DigestMode mode) {
    switch (mode) {
        case DigestMode::digest:
            return "digest";
        case DigestMode::notice:
            return "notice";
        case DigestMode::none:
            return "none";
    }
    return "none";
}

std::optional<int> minutes_of_day(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] - '0'; };
    const bool is_shaped = text.size() == 5 && text[2] == ':' && base::is_digit(text[0]) &&
                           base::is_digit(text[1]) && base::is_digit(text[3]) &&
                           base::is_digit(text[4]);
    if (!is_shaped) return std::nullopt;
    const int hour = 10 * digit(0) + digit(1);
    const int minute = 10 * digit(3) + digit(4);
    if (hour > 23 || minute > 59) return std::nullopt;
    return 60 * hour + minute;
}

namespace {

constexpr std::array<std::string_view, 7> day_names = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun"
};

}  // namespace

std::vector<std::string> names_of_days(unsigned days) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < day_names.size(); ++i)
        if ((days & (1U << i)) != 0) names.emplace_back(day_names[i]);
    return names;
}

std::optional<unsigned> day_named(std::string_view name) {
    for (std::size_t i = 0; i < day_names.size(); ++i)
        if (day_names[i] == name) return 1U << i;
    return std::nullopt;
}

}  // namespace conf
