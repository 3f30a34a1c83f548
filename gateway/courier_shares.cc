#include "gateway/courier_shares.h"

#include "gateway/courier.h"

#include <utility>

namespace gateway {
namespace {

bool is_only_backend(const conf::Settings& settings) {
    std::set<std::string> keys;
    for (const auto& domain : settings.domains)
        keys.insert(Route{domain.backend, domain.backend_tls}.key());
    return keys.size() == 1 && !settings.courier.relay;
}

}  // namespace

CourierShares::CourierShares(std::shared_ptr<const conf::Settings> settings)
    : settings_(std::move(settings)), has_one_backend_(is_only_backend(*settings_)) {}

void CourierShares::is_busy(const std::string& key, std::uint64_t places) {
    busy_[key] += places;
    taken_ += places;
}

void CourierShares::is_silent(const std::string& key) {
    silent_.insert(key);
}

bool CourierShares::take(const mail::Address& recipient) {
    const std::string key = route_to(*settings_, recipient.domain()).key();
    if (has_one_backend_ || silent_.contains(key)) return true;
    const std::uint64_t mine = busy_[key];
    const std::uint64_t others = taken_ - mine;
    const std::uint64_t parallel = settings_->courier.parallel;
    const std::uint64_t left = parallel > others ? parallel - others : 0;
    if (mine >= (left + 1) / 2) return false;
    is_busy(key, 1);
    return true;
}

}  // namespace gateway
