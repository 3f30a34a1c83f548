#include "quarantine/search.h"

#include "quarantine/reach.h"

#include <vector>

namespace quarantine {
namespace {

// Longer input costs time and finds nothing more.
constexpr std::size_t words_max = 32;
constexpr std::size_t word_bytes_max = 200;

bool separates(char c) {
    return static_cast<unsigned char>(c) <= 0x20;
}

// "…" with its quotes doubled; words of punctuation only make empty phrases, which FTS5 leaves out
// of an implicit AND.
std::string quoted_words(std::string_view text) {
    std::string words;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size() && count < words_max;) {
        while (at < text.size() && separates(text[at])) ++at;
        const std::size_t first = at;
        while (at < text.size() && !separates(text[at])) ++at;
        if (at == first) break;
        words += words.empty() ? "\"" : " \"";
        for (const char c : text.substr(first, std::min(at - first, word_bytes_max))) {
            if (c == '"') words += '"';
            words += c;
        }
        words += '"';
        ++count;
    }
    return words;
}

std::string any_of(const std::vector<std::string>& words) {
    std::string expression;
    for (const auto& word : words) {
        if (!expression.empty()) expression += " OR ";
        expression += '"' + word + '"';
    }
    return "reach : (" + expression + ")";
}

}  // namespace

std::string search_expression(const Reach& reach, const HoldFilter& filter) {
    const std::string words = quoted_words(clean_text(filter.search));
    if (words.empty()) return "";
    std::string in_texts = "{subject sender recipient reason text} : (" + words + ")";
    std::vector<std::string> reached;
    if (!filter.owner.empty()) {
        reached.push_back(owner_word(filter.owner));
    } else if (filter.scope == Scope::mine) {
        for (const auto& owner : reach.owners) reached.push_back(owner_word(owner));
    } else if (filter.scope == Scope::moderated) {
        reached.push_back(moderator_word(reach.moderator));
    }
    if (reached.empty()) return in_texts;
    return any_of(reached) + " AND " + in_texts;
}

}  // namespace quarantine
