#pragma once

#include "metrics/registry.h"
#include "portal/http_message.h"

namespace portal {

struct Route;

// What the portal counts. People are slow: a look-up for each request does no harm.
class PortalMeasures {
  public:
    explicit PortalMeasures(metrics::Registry& registry);

    // `route` null: none, so that what strangers make up as paths never becomes a label.
    void count(Method method, const Route* route, int status);

    metrics::Counter& signed_in;
    metrics::Counter& sign_in_refused;
    metrics::Counter& sign_in_delayed;

  private:
    metrics::Registry& registry_;
};

}  // namespace portal
