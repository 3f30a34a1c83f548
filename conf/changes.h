#pragma once

#include "conf/settings.h"

#include <string>
#include <vector>

namespace conf {

// One difference between two readings of the file.
struct Change {
    std::string setting;  // `smtp.max_recipients`, `domain "example.test" backend`, `rule "news"`
    std::string before;   // as in the file; "" when it was not there
    std::string after;    // "" when it is gone
    bool needs_restart = false;
    bool operator==(const Change&) const = default;
};

// In the order of the settings, then the rules. A rule is compared whole, and so is a domain or
// listener that comes or goes: the values then are "present" and "", or "changed".
std::vector<Change> changes(const Settings& now, const Settings& next);

// The names of settings that differ and need a restart to take effect ("data_dir",
// "smtp.listener"...), each once; empty: a reload is enough.
std::vector<std::string> needs_restart(const Settings& now, const Settings& next);

// Puts into `next` what stays as it is until the next start, so that nothing half-changed is in
// force.
void keep_until_restart(const Settings& now, Settings& next);

}  // namespace conf
