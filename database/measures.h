#pragma once

#include "metrics/monitor.h"

namespace database {

// What the writer counts and times, and its sign of life.
struct WriterMeasures {
    explicit WriterMeasures(metrics::Monitor& monitor);

    metrics::Pulse& pulse;
    metrics::Histogram& write_seconds;
    metrics::Histogram& commit_seconds;
    metrics::Histogram& group_jobs;
    metrics::Counter& failed_groups;
    metrics::Counter& refused_jobs;
};

}  // namespace database
