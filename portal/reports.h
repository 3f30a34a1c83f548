#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "conf/time_zone.h"
#include "database/statement.h"
#include "quarantine/figures.h"
#include "quarantine/waiting.h"
#include "tracking/tallies.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// What became of the mail of one day, by the day of the zone asked for.
struct ReportDay {
    std::string day;  // "2026-11-22"
    base::Time begins;
    std::uint64_t delivered = 0;
    std::uint64_t held = 0;
    std::uint64_t refused = 0;   // 5xx
    std::uint64_t rejected = 0;  // this copy alone, by a rule or its recipient's block
    std::uint64_t deferred = 0;  // 4xx
    std::uint64_t discarded = 0;
};

struct Report {
    base::Time from;
    base::Time to;
    std::string zone;
    std::optional<base::Time> recorded_since;
    std::vector<ReportDay> days;  // oldest first, today last
    // Of whole hours: in a zone that is not whole hours from UTC the first day misses a part.
    tracking::Tallies reasons;
    tracking::Tallies senders;  // of held mail
    tracking::Tallies owners;   // of held mail
    std::vector<quarantine::WaitingSpan> waiting;
    quarantine::Figures figures;
};

inline constexpr std::size_t report_names_max = 20;

// The last `days` days in `zone`, today included. `known`: figures that are fresh enough; counting
// them anew reads over the index of all holds.
base::Result<Report> report_of(
    database::Snapshot& snapshot,
    const conf::TimeZone& zone,
    int days,
    base::Time now,
    const std::optional<quarantine::Figures>& known = std::nullopt
);

// Figures of the whole store for a while. Used on the portal's loop only.
struct FiguresCache {
    static constexpr std::chrono::seconds kept{30};
    std::optional<quarantine::Figures> figures;
    std::chrono::steady_clock::time_point read_at;
};

}  // namespace portal
