#include "portal/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace portal {

using base::Result;
using tracking::TallyKind;

namespace {

std::vector<ReportDay> days_until(const conf::TimeZone& zone, int days, base::Time now) {
    const conf::LocalTime today = zone.local(now);
    std::vector<ReportDay> list;
    for (int back = days - 1; back >= 0; --back) {
        ReportDay day;
        day.begins = zone.start_of_day(today.year, today.month, today.day - back);
        const conf::LocalTime local = zone.local(day.begins);
        day.day = fmt::format("{:04}-{:02}-{:02}", local.year, local.month, local.day);
        list.push_back(std::move(day));
    }
    return list;
}

void add(ReportDay& day, tracking::Outcome outcome, std::uint64_t records) {
    switch (outcome) {
        case tracking::Outcome::relayed:
        case tracking::Outcome::queued:
            day.delivered += records;
            return;
        case tracking::Outcome::held:
            day.held += records;
            return;
        case tracking::Outcome::refused:
            day.refused += records;
            return;
        case tracking::Outcome::rejected:
            day.rejected += records;
            return;
        case tracking::Outcome::deferred:
            day.deferred += records;
            return;
        case tracking::Outcome::discarded:
            day.discarded += records;
            return;
        case tracking::Outcome::abandoned:  // The client went away: nothing became of it.
        case tracking::Outcome::delivered:
        case tracking::Outcome::retried:
        case tracking::Outcome::failed:
            return;
    }
}

}  // namespace

Result<Report> report_of(
    database::Snapshot& snapshot,
    const conf::TimeZone& zone,
    int days,
    base::Time now,
    const std::optional<quarantine::Figures>& known
) {
    Report report;
    report.zone = zone.name();
    report.days = days_until(zone, days, now);
    report.from = report.days.front().begins;
    report.to = now;
    // The quarter of an hour that has just begun belongs to it.
    const base::Time end = now + tracking::quarter;

    auto since = tracking::counted_since(snapshot);
    if (!since) return base::failure(std::move(since.error()));
    report.recorded_since = *since;
    auto counts = tracking::counts_between(snapshot, report.from, end);
    if (!counts) return base::failure(std::move(counts.error()));
    for (const tracking::QuarterCount& count : *counts) {
        const auto next =
            std::ranges::upper_bound(report.days, count.begins, {}, &ReportDay::begins);
        if (next != report.days.begin()) add(*std::prev(next), count.outcome, count.records);
    }

    const base::Time end_of_hour = now + std::chrono::hours(1);
    const std::pair<TallyKind, tracking::Tallies*> wanted[] = {
        {TallyKind::rule, &report.reasons},
        {TallyKind::sender, &report.senders},
        {TallyKind::owner, &report.owners},
    };
    for (const auto& [kind, into] : wanted) {
        auto tallies =
            tracking::tallies_between(snapshot, kind, report.from, end_of_hour, report_names_max);
        if (!tallies) return base::failure(std::move(tallies.error()));
        *into = std::move(*tallies);
    }

    auto waiting = quarantine::waiting_by_age(snapshot, now);
    if (!waiting) return base::failure(std::move(waiting.error()));
    report.waiting = std::move(*waiting);
    auto figures = known ? Result<quarantine::Figures>(*known) : quarantine::figures(snapshot);
    if (!figures) return base::failure(std::move(figures.error()));
    report.figures = std::move(*figures);
    return report;
}

}  // namespace portal
