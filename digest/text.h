#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Texts that strangers wrote, made fit to stand in a mail or on a page of ours.

namespace digest {

// One line of at most `characters_max` characters, an ellipsis behind what is cut. Valid UTF-8
// without control characters, direction marks (which could make the rest of the line read
// backwards) and characters that cannot be seen; several blanks become one.
std::string tamed(std::string_view text, std::size_t characters_max);

// With a zero-width space wherever a mail program would otherwise see an address or a link and make
// it clickable: what a stranger wrote must not look like a link of ours. For text after tamed().
std::string unlinked(std::string_view text);

// For HTML text and attribute values in double quotes.
std::string escaped(std::string_view text);

}  // namespace digest
