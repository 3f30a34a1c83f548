#include "policy/words.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace policy {

namespace {

constexpr std::size_t shown_bytes_max = 120;

// C1 controls, directional marks, embeddings and isolates, line and paragraph separators, the byte
// order mark: characters that change how the text around them is shown.
bool is_treacherous(std::string_view character) {
    if (character.size() == 2)
        return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
    constexpr std::array<std::string_view, 15> marks = {
        "\xe2\x80\x8b",
        "\xe2\x80\x8e",
        "\xe2\x80\x8f",
        "\xe2\x80\xa8",
        "\xe2\x80\xa9",
        "\xe2\x80\xaa",
        "\xe2\x80\xab",
        "\xe2\x80\xac",
        "\xe2\x80\xad",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\xe2\x81\xa7",
        "\xe2\x81\xa8",
        "\xe2\x81\xa9",
        "\xef\xbb\xbf"
    };
    return std::find(marks.begin(), marks.end(), character) != marks.end();
}

std::size_t character_bytes(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xe0) return 2;
    return byte < 0xf0 ? 3 : 4;
}

}  // namespace

std::string plain(std::string_view text) {
    // Four bytes more than are shown are enough to know that something was cut.
    const std::string valid = base::to_valid_utf8(text.substr(0, shown_bytes_max + 4));
    const std::string_view kept = base::utf8_prefix(valid, shown_bytes_max);
    std::string result;
    for (std::size_t at = 0; at < kept.size();) {
        const std::string_view character = kept.substr(at, character_bytes(kept[at]));
        at += character.size();
        if (character.size() == 1 && base::is_control(character[0]))
            result += ' ';
        else if (is_treacherous(character))
            result += "\xef\xbf\xbd";
        else
            result += character;
    }
    if (kept.size() < valid.size()) result += "\xe2\x80\xa6";
    return result;
}

std::string in_quotes(std::string_view text) {
    return '"' + plain(text) + '"';
}

std::string listed(const std::vector<std::string>& some, std::size_t count) {
    std::string result;
    const std::size_t shown = std::min(some.size(), listed_max);
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) result += ", ";
        result += some[i];
    }
    if (count > shown) result += fmt::format(" and {} more", count - shown);
    return result;
}

std::string_view parent_domain(std::string_view domain) {
    if (domain.starts_with('[')) return {};
    const auto dot = domain.find('.');
    return dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
}

}  // namespace policy
