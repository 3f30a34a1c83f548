#include "mail/confusables.h"

#include "base/utf8.h"

#include <glib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace mail {

namespace {

constexpr std::size_t skeleton_bytes_max = 2000;

struct FreeGlibText {
    void operator()(char* text) const { g_free(text); }
};
using GlibText = std::unique_ptr<char, FreeGlibText>;

// After case folding and with accents away: letters that look like others, by Unicode's list of
// confusables (UTS #39) as far as it is about Latin letters of names.
constexpr std::pair<char32_t, char> lookalikes[] = {
    {U'а', 'a'}, {U'α', 'a'}, {U'ɑ', 'a'}, {U'в', 'b'}, {U'ь', 'b'}, {U'ƅ', 'b'}, {U'с', 'c'},
    {U'ϲ', 'c'}, {U'ԁ', 'd'}, {U'ɗ', 'd'}, {U'е', 'e'}, {U'ε', 'e'}, {U'є', 'e'}, {U'ҽ', 'e'},
    {U'ƒ', 'f'}, {U'ɡ', 'g'}, {U'ԍ', 'g'}, {U'һ', 'h'}, {U'н', 'h'}, {U'ի', 'h'}, {U'і', 'l'},
    {U'ι', 'l'}, {U'ı', 'l'}, {U'ӏ', 'l'}, {U'ɩ', 'l'}, {U'ј', 'j'}, {U'к', 'k'}, {U'κ', 'k'},
    {U'м', 'm'}, {U'п', 'n'}, {U'η', 'n'}, {U'ո', 'n'}, {U'о', 'o'}, {U'ο', 'o'}, {U'σ', 'o'},
    {U'օ', 'o'}, {U'ѳ', 'o'}, {U'р', 'p'}, {U'ρ', 'p'}, {U'ԛ', 'q'}, {U'г', 'r'}, {U'ѕ', 's'},
    {U'ꜱ', 's'}, {U'т', 't'}, {U'τ', 't'}, {U'υ', 'u'}, {U'ս', 'u'}, {U'ν', 'v'}, {U'ѵ', 'v'},
    {U'ԝ', 'w'}, {U'ω', 'w'}, {U'ш', 'w'}, {U'х', 'x'}, {U'χ', 'x'}, {U'у', 'y'}, {U'γ', 'y'},
    {U'ү', 'y'}, {U'ᴢ', 'z'}, {U'ø', 'o'}, {U'ł', 'l'}, {U'đ', 'd'}, {U'ħ', 'h'}, {U'0', 'o'},
    {U'1', 'l'}, {U'i', 'l'}, {U'|', 'l'}, {U'!', 'l'}, {U'3', 'e'}, {U'5', 's'}, {U'$', 's'},
};

char32_t folded(gunichar character) {
    for (const auto& [look, letter] : lookalikes)
        if (look == character) return static_cast<unsigned char>(letter);
    return character;
}

bool is_unseen(gunichar character) {
    switch (g_unichar_type(character)) {
        case G_UNICODE_NON_SPACING_MARK:
        case G_UNICODE_ENCLOSING_MARK:
        case G_UNICODE_FORMAT:
        case G_UNICODE_CONTROL:
            return true;
        default:
            // Fillers and variation selectors that are not of those kinds.
            return character == 0x115f || character == 0x1160 || character == 0x3164 ||
                   character == 0xffa0 || (character >= 0xfe00 && character <= 0xfe0f);
    }
}

void append(std::string& into, gunichar character) {
    std::array<char, 6> bytes{};
    const int length = g_unichar_to_utf8(character, bytes.data());
    into.append(bytes.data(), static_cast<std::size_t>(length));
}

void replace_all(std::string& text, std::string_view pair, std::string_view by) {
    for (std::size_t at = text.find(pair); at != text.npos; at = text.find(pair, at + by.size()))
        text.replace(at, pair.size(), by);
}

}  // namespace

std::string skeleton(std::string_view utf8) {
    if (!base::is_utf8(utf8)) return {};
    utf8 = base::utf8_prefix(utf8.substr(0, utf8.find('\0')), skeleton_bytes_max);
    const GlibText decomposed(
        g_utf8_normalize(utf8.data(), static_cast<gssize>(utf8.size()), G_NORMALIZE_NFKD)
    );
    if (!decomposed) return {};
    const GlibText lower(g_utf8_casefold(decomposed.get(), -1));
    // Folding may put marks back together with their letters.
    const GlibText apart(g_utf8_normalize(lower.get(), -1, G_NORMALIZE_NFKD));
    if (!apart) return {};
    std::string result;
    for (const char* at = apart.get(); *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        // Line ends and tabs are controls, but they part words.
        const bool parts_words = g_unichar_isspace(character) != 0;
        if (!parts_words && is_unseen(character)) continue;
        if (parts_words)
            result += ' ';
        else
            append(result, folded(character));
    }
    replace_all(result, "rn", "m");
    replace_all(result, "vv", "w");
    return result;
}

std::vector<std::string> skeleton_words(std::string_view utf8) {
    std::vector<std::string> words;
    std::string word;
    const std::string folded_text = skeleton(utf8) + " ";
    std::size_t letters = 0;
    for (const char* at = folded_text.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (g_unichar_isalpha(character) != 0) {
            append(word, character);
            ++letters;
        } else if (character != '\'') {
            if (letters > 1) words.push_back(word);
            word.clear();
            letters = 0;
        }
    }
    std::ranges::sort(words);
    return words;
}

}  // namespace mail
