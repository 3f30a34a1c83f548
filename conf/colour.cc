#include "conf/colour.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace conf {

namespace {

// WCAG 2.2, "relative luminance".
double linear(std::uint8_t channel) {
    const double share = channel / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

double luminance(Colour colour) {
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) +
           0.0722 * linear(colour.blue);
}

}  // namespace

std::optional<Colour> parse_colour(std::string_view text) {
    if (text.size() != 7 || text[0] != '#') return std::nullopt;
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + 1, end, number, 16);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return Colour{
        static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8 & 0xff),
        static_cast<std::uint8_t>(number & 0xff)
    };
}

double contrast(Colour one, Colour other) {
    const auto [darker, lighter] = std::minmax({luminance(one), luminance(other)});
    return (lighter + 0.05) / (darker + 0.05);
}

}  // namespace conf
