#pragma once

#include "policy/verdict.h"

#include <string>

namespace policy {

// "hold for moderator", "try again later", "reject (personal block)": the verdict in a few words.
std::string summary(const Verdict& verdict);

// What `postern explain` prints: verdict, rule and reason, and every step of the trace as aligned
// plain text. UTF-8, LF line ends, one line for each step, safe for a terminal.
std::string explain(const Verdict& verdict);

}  // namespace policy
