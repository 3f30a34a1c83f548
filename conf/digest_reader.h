#pragma once

#include "conf/document.h"
#include "conf/problems.h"
#include "conf/settings.h"
#include "policy/rule.h"

namespace conf {

// Reads [digest]; null when it does not stand in the file. `rules` are those that may be named.
void read_digest(
    Problems& problems, const Value* table, const policy::Rules& rules, Digest& digest
);

}  // namespace conf
