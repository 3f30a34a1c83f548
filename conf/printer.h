#pragma once

#include "conf/settings.h"

#include <string>

namespace conf {

// Every setting in force except the rules, one `table.key = value` per line, in a fixed order: for
// comparing two states and for showing what is in force.
std::string print(const Settings& settings);

// One listener, in the same form.
std::string print(const SmtpListener& listener);

}  // namespace conf
