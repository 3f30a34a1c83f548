#include "conf/changes.h"

#include "conf/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace conf {

namespace {

// Read once, at the start. Each with the name that people are told.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> fixed = {{
    {"data_dir", "data_dir"},
    {"threads", "threads"},
    {"smtp.listener.address", "smtp.listener"},
    {"smtp.listener.name", "smtp.listener"},
    {"smtp.listener.tls", "smtp.listener"},
    {"smtp.listener.proxy_protocol_from", "smtp.listener"},
    {"backend.recipient_cache_entries", "backend.recipient_cache"},
    {"backend.recipient_cache_ttl_seconds", "backend.recipient_cache"},
    {"quarantine.disk_reserve_bytes", "quarantine.disk_reserve_bytes"},
    {"portal.address", "portal.address"},
    {"metrics.address", "metrics.address"},
}};

constexpr const char* present = "present";

std::string_view fixed_name(std::string_view key) {
    for (const auto& [fixed_key, name] : fixed)
        if (fixed_key == key) return name;
    return "";
}

// Which table a setting stands in: two listeners may have one name.
struct Part {
    std::string table;
    std::string name;
    int number = 0;
    auto operator<=>(const Part&) const = default;
};
using Whereabouts = std::pair<Part, std::string>;  // with the key

std::vector<std::pair<Whereabouts, std::string>> places(const Settings& settings) {
    std::vector<std::pair<Whereabouts, std::string>> all;
    std::map<Whereabouts, int> seen;
    for (Setting& setting : listed(settings)) {
        const auto dot = setting.key.rfind('.');
        const bool at_top = dot == std::string::npos;
        Part part{at_top ? "" : setting.key.substr(0, dot), setting.name};
        std::string key = at_top ? setting.key : setting.key.substr(dot + 1);
        part.number = seen[{part, key}]++;
        all.emplace_back(Whereabouts(std::move(part), std::move(key)), std::move(setting.value));
    }
    return all;
}

std::string shown(const Part& part) {
    return part.name.empty() ? part.table : fmt::format("{} \"{}\"", part.table, part.name);
}

std::string shown(const Whereabouts& place) {
    const auto& [part, key] = place;
    if (part.table.empty()) return key;
    return fmt::format("{}{}{}", shown(part), part.name.empty() ? "." : " ", key);
}

std::string_view fixed_name(const Whereabouts& place) {
    const auto& [part, key] = place;
    return fixed_name(part.table.empty() ? key : part.table + "." + key);
}

struct Found {
    std::string_view fixed_name;  // "" when a reload is enough
    Change change;
};

std::vector<Found> setting_changes(const Settings& now, const Settings& next) {
    const auto before = places(now);
    const auto after = places(next);
    const std::map<Whereabouts, std::string> old_values(before.begin(), before.end());
    const std::map<Whereabouts, std::string> new_values(after.begin(), after.end());
    std::vector<Found> found;
    const auto add = [&](const Whereabouts& place, std::string setting, auto was, auto is) {
        const auto name = fixed_name(place);
        found.push_back({name, {std::move(setting), was, is, !name.empty()}});
    };
    // A domain or listener that comes or goes is one change, not one for each of its keys.
    std::set<Part> whole;
    const auto comes_or_goes = [&](const Whereabouts& place, const char* was, const char* is) {
        if (whole.insert(place.first).second) add(place, shown(place.first), was, is);
    };
    for (const auto& [place, value] : before)
        if (!new_values.contains(place)) comes_or_goes(place, present, "");
    for (const auto& [place, value] : after) {
        const auto old = old_values.find(place);
        if (old == old_values.end())
            comes_or_goes(place, "", present);
        else if (old->second != value)
            add(place, shown(place), old->second, value);
    }
    return found;
}

// Of the file, by name.
std::map<std::string, std::string> rules_of(const Settings& settings) {
    std::map<std::string, std::string> rules;
    for (std::size_t i = 0; i < settings.rules_written.size() && i < settings.rules.size(); ++i)
        rules[settings.rules[i].name] = settings.rules_written[i];
    return rules;
}

void add_rule_changes(const Settings& now, const Settings& next, std::vector<Change>& found) {
    const auto before = rules_of(now);
    const auto after = rules_of(next);
    const std::size_t changes_before = found.size();
    const auto add = [&](const std::string& name, const char* was, const char* is) {
        found.push_back({fmt::format("rule \"{}\"", name), was, is, false});
    };
    for (const auto& [name, text] : before) {
        const auto other = after.find(name);
        if (other == after.end())
            add(name, present, "");
        else if (other->second != text)
            add(name, present, "changed");
    }
    for (const auto& [name, text] : after)
        if (!before.contains(name)) add(name, "", present);
    if (found.size() == changes_before && now.rules_written != next.rules_written)
        found.push_back({"order of the rules", present, "changed", false});
}

}  // namespace

std::vector<Change> changes(const Settings& now, const Settings& next) {
    std::vector<Change> found;
    for (auto& each : setting_changes(now, next)) found.push_back(std::move(each.change));
    add_rule_changes(now, next, found);
    return found;
}

std::vector<std::string> needs_restart(const Settings& now, const Settings& next) {
    std::vector<std::string> names;
    for (const auto& found : setting_changes(now, next)) {
        const std::string name(found.fixed_name);
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    }
    return names;
}

void keep_until_restart(const Settings& now, Settings& next) {
    next.data_dir = now.data_dir;
    next.threads = now.threads;
    next.smtp.listeners = now.smtp.listeners;
    next.backend.recipient_cache_entries = now.backend.recipient_cache_entries;
    next.backend.recipient_cache_ttl = now.backend.recipient_cache_ttl;
    next.quarantine.disk_reserve_bytes = now.quarantine.disk_reserve_bytes;
    next.portal.address = now.portal.address;
    next.metrics.address = now.metrics.address;
}

}  // namespace conf
