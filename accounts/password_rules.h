#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace accounts {

inline constexpr std::size_t password_characters_min = 10;
inline constexpr std::size_t password_bytes_max = 1024;

// Why a password is not good enough to be set by its person. No demands for digits or signs: length
// counts, and not being among what is tried first.
enum class Weakness {
    none,
    too_short,  // fewer than password_characters_min characters
    too_long,   // more than password_bytes_max bytes
    address,    // one of the person's addresses, or the part before the @, with little around it
    common      // among the commonest, a keyboard row, a sequence or one thing repeated
};
std::string_view name_of(Weakness weakness);  // "too_short" and so on; "" for none

// `addresses`: address keys of the person. Case, digits in the place of letters (0 for o) and
// digits or signs at the ends make no difference.
Weakness weakness_of(std::string_view password, const std::vector<std::string>& addresses);

}  // namespace accounts
