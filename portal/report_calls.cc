#include "portal/administration.h"
#include "portal/handlers.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reports.h"
#include "portal/sender_csv.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Task;

namespace {

// Excel takes UTF-8 for something else unless it begins with this.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// What a rule of the report stands for, "" when its reason is made anew for each mail or the rule
// is no longer there.
std::string reason_of(const conf::Settings& settings, std::string_view rule) {
    constexpr std::pair<std::string_view, std::string_view> fixed[] = {
        {tracking::personal_blocks, "The recipient has blocked the sender."},
        {"back end", "The mail server behind refused the recipient."},
        {"not our domain", "The recipient's domain is not one of ours."},
        {"routing characters", "The recipient's address could be relayed elsewhere."},
    };
    for (const auto& [name, reason] : fixed)
        if (name == rule) return std::string(reason);
    for (const policy::Rule& known : settings.rules)
        if (known.name == rule) return known.reason;
    return {};
}

struct Period {
    int days = 7;
    conf::TimeZone zone = conf::TimeZone::utc();
};

Answer<Period> period_of(const Call& call) {
    Period period;
    const std::string_view days = call.query.get("days");
    if (days == "14") period.days = 14;
    if (days == "30") period.days = 30;
    if (!days.empty() && days != "7" && days != "14" && days != "30")
        return refuse(400, "\"days\" is 7, 14 or 30.");
    const std::string_view name = call.query.get("zone");
    if (name.empty()) return period;
    auto zone = conf::TimeZone::named(name);
    if (!zone) return refuse(400, "\"zone\" is the name of a time zone, like Europe/Berlin.");
    period.zone = std::move(*zone);
    return period;
}

Task<base::Result<Report>> find_report(Call& call, Period period) {
    FiguresCache& cache = call.services.figures;
    const auto started = std::chrono::steady_clock::now();
    if (started - cache.read_at > FiguresCache::kept) cache.figures.reset();
    auto find = [period = std::move(period),
                 now = call.services.clock.now(),
                 known = cache.figures](database::Snapshot& snapshot) {
        return report_of(snapshot, period.zone, period.days, now, known);
    };
    base::Result<Report> report = co_await call.services.store.read(std::move(find));
    if (report && !cache.figures) {
        cache.figures = report->figures;
        cache.read_at = started;
    }
    co_return report;
}

json::array names_json(const tracking::Tallies& tallies, std::string_view name) {
    json::array list;
    for (const tracking::Tally& tally : tallies.names) {
        json::object one;
        one[name] = text(tally.name);
        one["count"] = tally.records;
        list.push_back(std::move(one));
    }
    return list;
}

json::array days_json(const Report& report) {
    json::array list;
    for (const ReportDay& day : report.days) {
        json::object one;
        one["day"] = text(day.day);
        one["delivered"] = day.delivered;
        one["held"] = day.held;
        one["refused"] = day.refused;
        one["rejected"] = day.rejected;
        one["deferred"] = day.deferred;
        one["discarded"] = day.discarded;
        list.push_back(std::move(one));
    }
    return list;
}

json::array waiting_json(const Report& report) {
    json::array list;
    for (const quarantine::WaitingSpan& span : report.waiting) {
        json::object one;
        one["from_days"] = span.from_days;
        one["to_days"] = span.to_days ? json::value(*span.to_days) : json::value(nullptr);
        one["count"] = span.count;
        list.push_back(std::move(one));
    }
    return list;
}

json::object report_json(const conf::Settings& settings, const Report& report) {
    json::array reasons = names_json(report.reasons, "rule");
    for (json::value& one : reasons)
        one.as_object()["reason"] = text(reason_of(settings, one.at("rule").as_string()));
    json::object kinds;
    for (const auto kind :
         {mail::HoldKind::user, mail::HoldKind::moderator, mail::HoldKind::administrator}) {
        const auto found = report.figures.held.find(kind);
        kinds[mail::name_of(kind)] = found == report.figures.held.end() ? 0 : found->second;
    }
    json::object others;
    others["top_reasons"] = report.reasons.others;
    others["top_senders"] = report.senders.others;
    others["top_recipients"] = report.owners.others;
    json::object object;
    object["from"] = time_text(report.from);
    object["to"] = time_text(report.to);
    object["zone"] = text(report.zone);
    object["recorded_since"] = time_text(report.recorded_since);
    object["per_day"] = days_json(report);
    object["top_reasons"] = std::move(reasons);
    object["top_senders"] = names_json(report.senders, "sender");
    object["top_recipients"] = names_json(report.owners, "owner");
    object["others"] = std::move(others);
    object["waiting"] = waiting_json(report);
    object["waiting_by_kind"] = std::move(kinds);
    return object;
}

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string days_csv(const Report& report) {
    std::string csv =
        csv_record({"day", "delivered", "held", "refused", "rejected", "deferred", "discarded"});
    for (const ReportDay& day : report.days)
        csv += csv_record(
            {day.day,
             number(day.delivered),
             number(day.held),
             number(day.refused),
             number(day.rejected),
             number(day.deferred),
             number(day.discarded)}
        );
    return csv;
}

std::string names_csv(const tracking::Tallies& tallies, std::string_view name) {
    std::string csv = csv_record({name, "count"});
    for (const tracking::Tally& tally : tallies.names)
        csv += csv_record({tally.name, number(tally.records)});
    return csv;
}

std::string reasons_csv(const conf::Settings& settings, const Report& report) {
    std::string csv = csv_record({"rule", "reason", "count"});
    for (const tracking::Tally& tally : report.reasons.names)
        csv += csv_record({tally.name, reason_of(settings, tally.name), number(tally.records)});
    return csv;
}

std::string waiting_csv(const Report& report) {
    std::string csv = csv_record({"from_days", "to_days", "count"});
    for (const quarantine::WaitingSpan& span : report.waiting)
        csv += csv_record(
            {std::to_string(span.from_days),
             span.to_days ? std::to_string(*span.to_days) : std::string(),
             number(span.count)}
        );
    return csv;
}

constexpr std::string_view tables[] = {
    "per_day", "top_reasons", "top_senders", "top_recipients", "waiting"
};

std::string table_csv(
    const conf::Settings& settings, const Report& report, std::string_view table
) {
    if (table == "per_day") return days_csv(report);
    if (table == "top_reasons") return reasons_csv(settings, report);
    if (table == "top_senders") return names_csv(report.senders, "sender");
    if (table == "top_recipients") return names_csv(report.owners, "owner");
    return waiting_csv(report);
}

}  // namespace

Task<Response> show_reports(Call& call) {
    if (auto refusal = unless_administrator(call)) co_return std::move(*refusal);
    auto period = period_of(call);
    if (!period) co_return std::move(period.error());
    auto report = co_await find_report(call, std::move(*period));
    if (!report) co_return problem(report.error(), call.services.log, "making a report");
    co_return json_response(200, report_json(*call.settings, *report));
}

Task<Response> download_report(Call& call) {
    if (auto refusal = unless_administrator(call)) co_return std::move(*refusal);
    std::string_view table = call.path_values[0];
    constexpr std::string_view ending = ".csv";
    if (!table.ends_with(ending)) co_return problem(404, "There is no such report.");
    table.remove_suffix(ending.size());
    if (std::ranges::find(tables, table) == std::end(tables))
        co_return problem(404, "There is no such report.");
    auto period = period_of(call);
    if (!period) co_return std::move(period.error());
    auto report = co_await find_report(call, std::move(*period));
    if (!report) co_return problem(report.error(), call.services.log, "making a report");
    Response response;
    response.set("Content-Type", "text/csv; charset=utf-8");
    response.set(
        "Content-Disposition",
        fmt::format(
            "attachment; filename=\"postern-{}-{}-to-{}.csv\"",
            table,
            report->days.front().day,
            report->days.back().day
        )
    );
    response.body = std::string(byte_order_mark) + table_csv(*call.settings, *report, table);
    co_return response;
}

}  // namespace portal
