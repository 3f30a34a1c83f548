#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace conf {

// The languages people are spoken to in (BCP 47): the portal has a file portal/web/src/i18n/xx.ts
// for each, and the mails and pages of digests have digest/words_xx.cc. Tests compare both.
inline constexpr std::array<std::string_view, 2> languages = {"en", "de"};

inline bool is_language(std::string_view name) {
    return std::ranges::find(languages, name) != languages.end();
}

}  // namespace conf
