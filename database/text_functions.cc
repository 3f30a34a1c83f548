#include "database/text_functions.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>

namespace database {
namespace {

locale_t unicode_locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    base::ensure(locale != nullptr, "glibc always has C.UTF-8");
    return locale;
}

// `text` is well-formed and `at` stands on a first byte.
std::uint32_t take_character(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    std::uint32_t character = first & (0x3fU >> more);
    for (int i = 0; i < more; ++i)
        character = (character << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    return character;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string folded(std::string_view text) {
    if (is_ascii(text) || !base::is_utf8(text)) return base::lower(text);
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();)
        base::append_utf8(result, towlower_l(take_character(text, at), unicode_locale()));
    return result;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    return folded(text).find(folded(part)) != std::string::npos;
}

}  // namespace database
