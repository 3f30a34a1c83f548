#include "portal/measures.h"

#include "portal/routes.h"

#include <utility>

namespace portal {

namespace {

metrics::Counter& sign_ins(metrics::Registry& registry, std::string result) {
    return registry.counter(
        "postern_portal_sign_ins_total",
        "Attempts to sign in: ok, refused (wrong address or password), delayed (too many before).",
        {{"result", std::move(result)}}
    );
}

}  // namespace

PortalMeasures::PortalMeasures(metrics::Registry& registry)
    : signed_in(sign_ins(registry, "ok")),
      sign_in_refused(sign_ins(registry, "refused")),
      sign_in_delayed(sign_ins(registry, "delayed")),
      registry_(registry) {}

void PortalMeasures::count(Method method, const Route* route, int status) {
    registry_
        .counter(
            "postern_portal_requests_total",
            "Requests to the portal by route; an empty route is what has none or was refused "
            "before.",
            {{"method", route == nullptr ? "" : std::string(name_of(method))},
             {"route", route == nullptr ? "" : std::string(route->pattern)},
             {"status", std::to_string(status)}}
        )
        .add();
}

}  // namespace portal
