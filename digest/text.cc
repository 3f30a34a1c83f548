#include "digest/text.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <cstdint>

namespace digest {

namespace {

constexpr std::string_view zero_width_space = "\xe2\x80\x8b";
constexpr std::string_view ellipsis = "\xe2\x80\xa6";

// The code point at `at` of valid UTF-8, and how many bytes it takes.
struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t offset) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + offset]));
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80) return {first, 1};
    if (first < 0xe0) return {(first & 0x1fU) << 6 | (byte(1) & 0x3fU), 2};
    if (first < 0xf0)
        return {(first & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), 3};
    return {
        (first & 0x07U) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 |
            (byte(3) & 0x3fU),
        4
    };
}

struct Span {
    std::uint32_t first, last;
};

bool is_in(std::uint32_t code, const Span* begin, const Span* end) {
    for (const Span* span = begin; span != end; ++span)
        if (code >= span->first && code <= span->last) return true;
    return false;
}

// Controls, line ends of every kind, and blanks of every width become one blank.
bool is_blank(std::uint32_t code) {
    static constexpr Span blanks[] = {
        {0x00, 0x20},
        {0x7f, 0xa0},
        {0x1680, 0x1680},
        {0x2000, 0x200a},
        {0x2028, 0x2029},
        {0x202f, 0x202f},
        {0x205f, 0x205f},
        {0x2800, 0x2800},
        {0x3000, 0x3000},
    };
    return is_in(code, std::begin(blanks), std::end(blanks));
}

// Direction marks, characters of no width, fillers, tags, variation selectors, private use and
// interlinear marks. Not the joiners U+200C and U+200D: scripts and emoji need them.
bool is_unseen(std::uint32_t code) {
    static constexpr Span unseen[] = {
        {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},    {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200b},    {0x200e, 0x200f},
        {0x202a, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},    {0xe000, 0xf8ff},
        {0xfe00, 0xfe0e},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},    {0xfff0, 0xfffb},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };
    return is_in(code, std::begin(unseen), std::end(unseen));
}

}  // namespace

std::string tamed(std::string_view text, std::size_t characters_max) {
    // What is cut away anyway is not looked at: a subject may have megabytes.
    const std::string valid =
        base::to_valid_utf8(base::utf8_prefix(text, 16 * characters_max + 64));
    std::string result;
    std::size_t characters = 0;
    bool blank_pending = false;
    for (std::size_t at = 0; at < valid.size();) {
        const Character character = character_at(valid, at);
        const std::string_view bytes = std::string_view(valid).substr(at, character.bytes);
        at += character.bytes;
        if (is_blank(character.code)) {
            blank_pending = !result.empty();
            continue;
        }
        if (is_unseen(character.code)) continue;
        if (characters + (blank_pending ? 1 : 0) >= characters_max) {
            result += ellipsis;
            return result;
        }
        if (blank_pending) {
            result += ' ';
            ++characters;
            blank_pending = false;
        }
        result += bytes;
        ++characters;
    }
    return result;
}

std::string unlinked(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        result += text[i];
        const bool has_neighbours =
            i > 0 && i + 1 < text.size() && text[i - 1] != ' ' && text[i + 1] != ' ';
        const bool joins = text[i] == '.' || text[i] == '@' || text[i] == ':' || text[i] == '/';
        if (joins && has_neighbours) result += zero_width_space;
    }
    return result;
}

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

}  // namespace digest
