#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    bool operator==(const Colour&) const = default;
};

// "#rrggbb", in either case; none when it is anything else.
std::optional<Colour> parse_colour(std::string_view text);

// How far apart two colours are to the eye, 1 to 21 (WCAG 2.2, "contrast ratio"). Text needs 4.5.
double contrast(Colour one, Colour other);
inline constexpr double text_contrast_min = 4.5;

// What the portal's pages are painted with behind their text (portal/web/src/styles/tokens.css:
// --ground).
inline constexpr std::string_view page_by_day = "#f3f5f2";
inline constexpr std::string_view page_by_night = "#121716";

}  // namespace conf
