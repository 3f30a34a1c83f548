#include "gateway/backend_facts.h"

#include <algorithm>

namespace gateway {

void BackendFacts::learned(const std::string& key, const Extensions& extensions) {
    const std::lock_guard lock(mutex_);
    known_[key] = extensions;
}

Offer BackendFacts::offer(const conf::Settings& settings) const {
    Offer offer;
    offer.message_bytes_max = settings.smtp.max_message_bytes;
    const std::lock_guard lock(mutex_);
    for (const auto& domain : settings.domains) {
        const auto found = known_.find(domain.backend.text());
        if (found == known_.end()) continue;
        const Extensions& extensions = found->second;
        offer.eight_bit_mime &= extensions.eight_bit_mime;
        offer.smtputf8 &= extensions.smtputf8;
        offer.dsn &= extensions.dsn;
        if (extensions.size_max && *extensions.size_max > 0)
            offer.message_bytes_max = std::min(offer.message_bytes_max, *extensions.size_max);
    }
    return offer;
}

}  // namespace gateway
