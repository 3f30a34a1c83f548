#include "metrics/liveness.h"

namespace metrics {

std::chrono::steady_clock::duration Pulse::silence(Instant now) const {
    const std::int64_t last = last_.load(std::memory_order_relaxed);
    if (last == resting) return {};
    return now.time_since_epoch() - std::chrono::steady_clock::duration(last);
}

Pulse& Liveness::add(std::string name) {
    const std::lock_guard lock(mutex_);
    return threads_.emplace_back(std::move(name)).pulse;
}

std::vector<std::string> Liveness::silent(
    std::chrono::steady_clock::duration limit, Pulse::Instant now
) const {
    std::vector<std::string> names;
    const std::lock_guard lock(mutex_);
    for (const auto& thread : threads_)
        if (thread.pulse.silence(now) > limit) names.push_back(thread.name);
    return names;
}

}  // namespace metrics
