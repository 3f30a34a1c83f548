#include "portal/looks_like.h"

#include "mail/address.h"
#include "mail/confusables.h"

#include <algorithm>
#include <utility>

namespace portal {

namespace {

constexpr std::size_t words_min = 2;
constexpr std::size_t words_max = 8;

// "" when it is no name of a person.
std::string key_of(std::string_view name) {
    const auto words = mail::skeleton_words(name);
    if (words.size() < words_min || words.size() > words_max) return {};
    std::string key;
    for (const std::string& word : words) key += word + " ";
    return key;
}

std::string_view local_part_of(std::string_view address) {
    return address.substr(0, address.rfind('@'));
}

// Part of a domain's name: a match that begins or ends within another name is none.
bool is_of_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte >= 0x80;
}

// Where `domain` stands in `text` as a domain or the end of one; npos: nowhere.
std::size_t find_domain(std::string_view text, std::string_view domain) {
    for (std::size_t at = text.find(domain); at != text.npos; at = text.find(domain, at + 1)) {
        const std::size_t end = at + domain.size();
        const bool begins = at == 0 || !is_of_name(text[at - 1]);
        // "example.test.evil.example" names another domain.
        const bool ends = end == text.size() ||
                          (!is_of_name(text[end]) && !(text[end] == '.' && end + 1 < text.size() &&
                                                       is_of_name(text[end + 1])));
        if (begins && ends) return at;
    }
    return text.npos;
}

}  // namespace

KnownNames::KnownNames(
    std::span<const accounts::Person> people, std::vector<mail::Domain> own_domains
)
    : own_domains_(std::move(own_domains)) {
    for (const mail::Domain& domain : own_domains_)
        own_skeletons_.emplace_back(mail::skeleton(domain.unicode()), domain.unicode());
    for (const accounts::Person& person : people) {
        const std::string shown = person.name.empty() ? person.address : person.name;
        if (std::string key = key_of(person.name); !key.empty())
            by_words_.try_emplace(std::move(key), Lookalike{shown, person.address});
        for (const std::string& address : person.addresses) {
            by_address_.try_emplace(mail::skeleton(address), Lookalike{shown, address});
            if (std::string key = key_of(local_part_of(address)); !key.empty())
                by_words_.try_emplace(std::move(key), Lookalike{shown, address});
        }
    }
}

bool KnownNames::is_own(std::string_view address) const {
    const auto parsed = mail::Address::parse(address);
    return parsed && std::ranges::any_of(own_domains_, [&](const mail::Domain& own) {
               return parsed->domain().is_within(own);
           });
}

std::optional<Lookalike> KnownNames::in_display_name(std::string_view display_name) const {
    const std::string text = mail::skeleton(display_name);
    for (const auto& [skeleton, domain] : own_skeletons_) {
        const std::size_t at = find_domain(text, skeleton);
        if (at == text.npos) continue;
        if (at == 0 || text[at - 1] != '@') return Lookalike{domain, {}};
        // The words in front of "@": of one of ours, or of an address nobody has.
        const std::size_t begin = text.find_last_of(" <(\"'[:,;", at - 1);
        const std::size_t from = begin == text.npos ? 0 : begin + 1;
        const auto found = by_address_.find(text.substr(from, at + skeleton.size() - from));
        if (found != by_address_.end()) return found->second;
        return Lookalike{domain, {}};
    }
    return std::nullopt;
}

std::optional<Lookalike> KnownNames::find(
    std::string_view display_name, std::string_view from_address
) const {
    if (display_name.empty() || is_own(from_address)) return std::nullopt;
    if (const std::string key = key_of(display_name); !key.empty()) {
        const auto found = by_words_.find(key);
        if (found != by_words_.end()) return found->second;
    }
    return in_display_name(display_name);
}

}  // namespace portal
