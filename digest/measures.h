#pragma once

#include "digest/letter.h"
#include "metrics/registry.h"

namespace digest {

// What is counted of digests and notices.
struct Measures {
    explicit Measures(metrics::Registry& registry);

    metrics::Counter& sent(Kind kind) { return kind == Kind::digest ? digests : notices; }
    metrics::Counter& failed(Kind kind) {
        return kind == Kind::digest ? digests_failed : notices_failed;
    }

    metrics::Counter& digests;
    metrics::Counter& notices;
    metrics::Counter& digests_failed;
    metrics::Counter& notices_failed;
    metrics::Counter& listed;    // holds
    metrics::Gauge& last_round;  // seconds since 1970; 0: none since the start
    metrics::Gauge& under_way;   // 1: a round is
};

}  // namespace digest
