#include "command/doctor_findings.h"

#include "command/options.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace command {

namespace {

constexpr std::array every_health = {Health::ok, Health::warning, Health::problem, Health::unknown};

// For people a word that says it without explanation.
std::string_view mark_of(Health health) {
    return health == Health::unknown ? "not known" : name_of(health);
}

}  // namespace

std::string_view name_of(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warning:
            return "warning";
        case Health::problem:
            return "problem";
        case Health::unknown:
            return "unknown";
    }
    return "unknown";
}

void Findings::ok(std::string check, std::string text) {
    add(Health::ok, std::move(check), text, "");
}

void Findings::warning(std::string check, std::string text, std::string remedy) {
    add(Health::warning, std::move(check), text, remedy);
}

void Findings::problem(std::string check, std::string text, std::string remedy) {
    add(Health::problem, std::move(check), text, remedy);
}

void Findings::unknown(std::string check, std::string text, std::string remedy) {
    add(Health::unknown, std::move(check), text, remedy);
}

void Findings::add(
    Health health, std::string check, std::string_view text, std::string_view remedy
) {
    findings_.push_back({shown(check), health, shown(text), shown(remedy)});
}

std::size_t Findings::count(Health health) const {
    return static_cast<std::size_t>(std::count_if(
        findings_.begin(),
        findings_.end(),
        [&](const Finding& finding) { return finding.health == health; }
    ));
}

void Findings::write_text(std::ostream& out) const {
    for (const auto& finding : findings_) {
        out << fmt::format("{:<9}  {}: {}\n", mark_of(finding.health), finding.check, finding.text);
        if (!finding.remedy.empty()) out << fmt::format("{:<9}  -> {}\n", "", finding.remedy);
    }
    out << fmt::format(
        "{} ok, {} warning{}, {} problem{}, {} not known\n",
        count(Health::ok),
        count(Health::warning),
        count(Health::warning) == 1 ? "" : "s",
        count(Health::problem),
        count(Health::problem) == 1 ? "" : "s",
        count(Health::unknown)
    );
}

void Findings::write_json(std::ostream& out) const {
    boost::json::array checks;
    for (const auto& finding : findings_) {
        boost::json::object check;
        check["check"] = finding.check;
        check["health"] = name_of(finding.health);
        check["text"] = finding.text;
        check["remedy"] = finding.remedy;
        checks.push_back(std::move(check));
    }
    boost::json::object report;
    report["checks"] = std::move(checks);
    for (const auto health : every_health) report[name_of(health)] = count(health);
    out << boost::json::serialize(report) << '\n';
}

}  // namespace command
