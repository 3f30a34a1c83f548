#include "policy/managed_senders.h"

#include "base/ascii.h"
#include "policy/words.h"

#include <algorithm>
#include <array>

namespace policy {

namespace {

struct NamedList {
    SenderList list;
    std::string_view name;
};
constexpr std::array<NamedList, 4> named_lists = {
    {{SenderList::blocked, "blocked"},
     {SenderList::permitted, "permitted"},
     {SenderList::auto_permitted, "auto_permitted"},
     {SenderList::trusted, "trusted"}}
};

// The ways people write "everybody of this domain".
std::string_view without_wildcard(std::string_view text) {
    for (const std::string_view prefix : {"*@", "*.", "@"})
        if (text.starts_with(prefix)) return text.substr(prefix.size());
    return text;
}

int strength(SenderList list) {
    switch (list) {
        case SenderList::permitted:
            return 2;
        case SenderList::auto_permitted:
            return 1;
        case SenderList::blocked:
        case SenderList::trusted:
            break;
    }
    return 0;
}

}  // namespace

std::string_view name_of(SenderList list) {
    for (const NamedList& named : named_lists)
        if (named.list == list) return named.name;
    return "blocked";
}

std::optional<SenderList> sender_list_named(std::string_view name) {
    for (const NamedList& named : named_lists)
        if (named.name == name) return named.list;
    return std::nullopt;
}

base::Result<SenderPattern> SenderPattern::parse_any(std::string_view text) {
    text = base::trim(text);
    if (text.empty())
        return base::failure(
            base::ErrorKind::invalid, "the entry is empty; write an address or a domain"
        );
    const std::string_view rest = without_wildcard(text);
    if (rest.size() == text.size() && text.find('@') != std::string_view::npos) {
        auto address = mail::Address::parse(text);
        if (!address) return base::failure(address.error());
        return SenderPattern{address->key(), true};
    }
    auto domain = mail::Domain::parse_with_literal(rest);
    if (!domain) return base::failure(domain.error());
    return SenderPattern{domain->text(), false};
}

base::Result<SenderPattern> SenderPattern::parse(std::string_view text) {
    auto pattern = parse_any(text);
    if (!pattern || pattern->is_address) return pattern;
    const auto domain = mail::Domain::parse_with_literal(pattern->key);
    if (!domain) return base::failure(domain.error());
    if (!domain->is_literal() && domain->is_public_suffix())
        return base::failure(
            base::ErrorKind::invalid,
            "\"{}\" is not one organisation's domain but a suffix that many share; write the whole "
            "domain, for example \"example.{}\"",
            pattern->key,
            pattern->key
        );
    return pattern;
}

std::vector<std::string> candidate_keys(const mail::Address& address) {
    std::vector<std::string> keys;
    keys.push_back(address.key());
    for (std::string_view domain = address.domain().text(); !domain.empty();
         domain = parent_domain(domain))
        keys.emplace_back(domain);
    return keys;
}

EntryIndex::EntryIndex(const std::vector<ManagedEntry>& entries) {
    for (const ManagedEntry& entry : entries) entries_.emplace(entry.pattern.key, &entry);
}

const ManagedEntry* EntryIndex::deciding(const mail::Address& identity) const {
    if (entries_.empty()) return nullptr;
    for (const std::string& key : candidate_keys(identity)) {
        const ManagedEntry* found = nullptr;
        const auto [first, last] = entries_.equal_range(key);
        for (auto at = first; at != last; ++at) {
            const ManagedEntry* entry = at->second;
            if (entry->list == SenderList::trusted) continue;
            // At equal specificity permit beats block, and a person's own permit names the reason
            // rather than a learned one.
            if (found == nullptr || strength(entry->list) > strength(found->list)) found = entry;
        }
        if (found != nullptr) return found;
    }
    return nullptr;
}

const ManagedEntry* EntryIndex::trusting(const mail::Address& identity) const {
    if (entries_.empty()) return nullptr;
    for (const std::string& key : candidate_keys(identity)) {
        const auto [first, last] = entries_.equal_range(key);
        for (auto at = first; at != last; ++at)
            if (at->second->list == SenderList::trusted) return at->second;
    }
    return nullptr;
}

std::optional<ManagedEntry> deciding_entry(
    const std::vector<ManagedEntry>& entries, const mail::Address& identity
) {
    const ManagedEntry* found = EntryIndex(entries).deciding(identity);
    if (found == nullptr) return std::nullopt;
    return *found;
}

bool is_trusted(const std::vector<ManagedEntry>& entries, const mail::Address& identity) {
    return EntryIndex(entries).trusting(identity) != nullptr;
}

}  // namespace policy
