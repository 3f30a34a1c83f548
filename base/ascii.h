#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Characters as protocols see them: ASCII only, whatever the locale says.

namespace base {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Lower-cases A-Z and leaves every other byte.
std::string lower(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
// Where `lower`, which has no capital letters, first stands in `text` at `from` or later; npos:
// nowhere.
std::size_t find_ignoring_case(std::string_view text, std::string_view lower, std::size_t from = 0);

// Without spaces, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);

}  // namespace base
