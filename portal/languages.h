#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace portal {

// The languages the front end speaks: one catalogue file each, portal/web/src/i18n/en.ts and so on.
inline constexpr std::array<std::string_view, 2> catalogue_languages = {"en", "de"};

inline bool is_catalogue_language(std::string_view language) {
    return std::find(catalogue_languages.begin(), catalogue_languages.end(), language) !=
           catalogue_languages.end();
}

}  // namespace portal
