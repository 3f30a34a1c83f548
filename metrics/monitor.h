#pragma once

#include "metrics/liveness.h"
#include "metrics/registry.h"

namespace metrics {

// What everybody who is watched is given: where to count, and where to show a sign of life. One for
// the whole program; it outlives all of them.
struct Monitor {
    Registry registry;
    Liveness liveness;
};

}  // namespace metrics
