#pragma once

#include "conf/settings.h"

#include <string>
#include <vector>

namespace conf {

// One setting as it is in force.
struct Setting {
    std::string key;    // "smtp.max_recipients"
    std::string name;   // of the domain or listener it belongs to; "" for all others
    std::string value;  // as it would stand in the file
};

// Every setting in force except the rules, in a fixed order.
std::vector<Setting> listed(const Settings& settings);

// The same as text, one `key = value` per line: for comparing two states.
std::string print(const Settings& settings);

}  // namespace conf
