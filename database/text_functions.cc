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

void put_character(std::string& text, std::uint32_t character) {
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xc0 | (character >> 6));
        put(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        put(0xe0 | (character >> 12));
        put(0x80 | ((character >> 6) & 0x3f));
        put(0x80 | (character & 0x3f));
    } else {
        put(0xf0 | (character >> 18));
        put(0x80 | ((character >> 12) & 0x3f));
        put(0x80 | ((character >> 6) & 0x3f));
        put(0x80 | (character & 0x3f));
    }
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
        put_character(result, towlower_l(take_character(text, at), unicode_locale()));
    return result;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    return folded(text).find(folded(part)) != std::string::npos;
}

}  // namespace database
