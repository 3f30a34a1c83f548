#include "gateway/recipient_cache.h"

namespace gateway {

void RecipientCache::accepted(const std::string& address_key, Instant now) {
    const std::lock_guard lock(mutex_);
    if (entries_max_ == 0) return;
    if (const auto found = by_key_.find(address_key); found != by_key_.end()) {
        found->second->confirmed = now;
        by_age_.splice(by_age_.begin(), by_age_, found->second);
        return;
    }
    if (by_age_.size() >= entries_max_) {
        by_key_.erase(by_age_.back().key);
        by_age_.pop_back();
    }
    by_age_.push_front({address_key, now});
    by_key_.emplace(address_key, by_age_.begin());
}

void RecipientCache::refused(const std::string& address_key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(address_key);
    if (found == by_key_.end()) return;
    by_age_.erase(found->second);
    by_key_.erase(found);
}

bool RecipientCache::knows(const std::string& address_key, Instant now) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(address_key);
    return found != by_key_.end() && now - found->second->confirmed <= ttl_;
}

}  // namespace gateway
