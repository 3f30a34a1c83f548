#include "database/measures.h"

namespace database {

WriterMeasures::WriterMeasures(metrics::Monitor& monitor)
    : pulse(monitor.liveness.add("store writer")),
      write_seconds(monitor.registry.histogram(
          "postern_store_write_seconds",
          "From asking for a write until its commit is on the disk.",
          metrics::second_bounds()
      )),
      commit_seconds(monitor.registry.histogram(
          "postern_store_commit_seconds",
          "Duration of COMMIT, which waits for the disk.",
          metrics::second_bounds()
      )),
      group_jobs(monitor.registry.histogram(
          "postern_store_group_jobs",
          "Writes that were committed together.",
          {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
      )),
      failed_groups(monitor.registry.counter(
          "postern_store_failed_commits_total", "Commits that failed; nobody was told 250 for them."
      )),
      refused_jobs(monitor.registry.counter(
          "postern_store_refused_writes_total",
          "Writes refused because too many waited or the store could not be written."
      )) {}

}  // namespace database
