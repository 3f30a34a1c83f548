#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// How many bytes at the start are ASCII.
std::size_t ascii_length(std::string_view bytes);

// Well-formed UTF-8: no overlong forms, no surrogates, nothing over U+10FFFF (RFC 3629 §4).
bool is_utf8(std::string_view bytes);

// The text with every ill-formed byte replaced by U+FFFD, so that it may go into JSON or SQL text.
std::string to_valid_utf8(std::string_view bytes);

// Appends one character, which is at most U+10FFFF and no surrogate (RFC 3629 §3).
void append_utf8(std::string& text, std::uint32_t character);

// The longest prefix of at most `bytes_max` bytes that does not cut a character in two.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace base
