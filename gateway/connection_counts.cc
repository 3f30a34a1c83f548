#include "gateway/connection_counts.h"

namespace gateway {

std::optional<ConnectionCounts::Place> ConnectionCounts::take(
    const mail::IpAddress& client, std::uint64_t max, std::uint64_t per_client_max, Refusal& refusal
) {
    const mail::IpAddress counted = client.counted_as();
    const std::lock_guard lock(mutex_);
    if (open_ >= max) {
        refusal = Refusal::too_many;
        return std::nullopt;
    }
    auto& here = per_client_[counted];
    if (per_client_max != 0 && here >= per_client_max) {
        refusal = Refusal::too_many_from_client;
        return std::nullopt;
    }
    ++here;
    ++open_;
    return Place(this, counted);
}

std::uint64_t ConnectionCounts::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

void ConnectionCounts::give_back(const mail::IpAddress& client) {
    const std::lock_guard lock(mutex_);
    --open_;
    const auto found = per_client_.find(client);
    if (--found->second == 0) per_client_.erase(found);
}

}  // namespace gateway
