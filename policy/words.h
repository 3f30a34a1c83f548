#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// How conditions put into words what they saw. What comes from a mail is an attacker's text: it is
// made harmless to a terminal and cut short here, and still has to be escaped where it is shown.

namespace policy {

// In double quotes, valid UTF-8 on one line, without control characters and bidirectional marks,
// cut at 120 bytes.
std::string in_quotes(std::string_view text);
// The same without the quotes: for addresses.
std::string plain(std::string_view text);

inline constexpr std::size_t listed_max = 5;
// "a, b and 3 more"; `count` is how many there are in all.
std::string listed(const std::vector<std::string>& some, std::size_t count);

// "a.b.c" -> "b.c" -> "c" -> "". A literal ("[192.0.2.1]") has no parent.
std::string_view parent_domain(std::string_view domain);

}  // namespace policy
