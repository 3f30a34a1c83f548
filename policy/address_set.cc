#include "policy/address_set.h"

#include "policy/managed_senders.h"
#include "policy/words.h"

#include <algorithm>
#include <vector>

namespace policy {

base::Result<void> AddressSet::add(std::string_view text) {
    auto pattern = SenderPattern::parse_any(text);
    if (!pattern) return base::failure(pattern.error());
    entries_.insert(std::move(pattern->key));
    return {};
}

std::optional<std::string_view> AddressSet::find(const mail::Address& address) const {
    if (entries_.empty()) return std::nullopt;
    if (const auto found = entries_.find(std::string_view(address.key())); found != entries_.end())
        return *found;
    for (std::string_view domain = address.domain().text(); !domain.empty();
         domain = parent_domain(domain)) {
        if (const auto found = entries_.find(domain); found != entries_.end()) return *found;
    }
    return std::nullopt;
}

std::string AddressSet::text() const {
    std::vector<std::string> some;
    if (has_null_sender_) some.emplace_back("<>");
    for (const std::string& entry : entries_) {
        if (some.size() >= listed_max) break;
        some.push_back(entry);
    }
    // The set has no order of its own; people expect one, and tests repeat.
    std::sort(some.begin(), some.end());
    return listed(some, size());
}

}  // namespace policy
