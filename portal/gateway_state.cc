#include "portal/gateway_state.h"

#include <algorithm>
#include <chrono>

namespace portal {

namespace {

// The courier looks every few seconds; what has been due for longer waits for something.
constexpr std::chrono::minutes queue_age_busy{2};

// The last exchange failed. A mail server that has not been talked to yet is not known to be down.
bool is_down(const metrics::Registry& registry, const conf::ProtectedDomain& domain) {
    const metrics::Labels labels = {{"backend", domain.backend.text()}};
    const auto failures = registry.counted("postern_backend_failures_total", labels);
    return failures.value_or(0) > 0 && registry.gauged("postern_backend_up", labels) == 0;
}

}  // namespace

GatewayState gateway_state(
    database::Store& store,
    const metrics::Registry& registry,
    const conf::Settings& settings,
    std::optional<base::Time> due_since,
    base::Time now
) {
    if (!store.accepts_writes())
        return {"trouble", "store", "Postern cannot write to its store: no mail is taken for now."};
    if (!store.has_room_for(0))
        return {
            "trouble",
            "disk",
            "The disk is nearly full: no new mail is taken. Releasing and rejecting work."
        };
    const bool some_down = std::ranges::any_of(settings.domains, [&](const auto& domain) {
        return is_down(registry, domain);
    });
    if (some_down)
        return {
            "trouble",
            "backend",
            "The mail server did not answer the last time. What you release is sent when it does."
        };
    if (due_since && now - *due_since > queue_age_busy)
        return {"busy", "queue", "Released mail waits its turn to be delivered."};
    return {"ok", "ok", "Mail is passing."};
}

}  // namespace portal
