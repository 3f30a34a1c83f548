#pragma once

#include "conf/document.h"
#include "conf/problems.h"
#include "policy/rule.h"

#include <set>
#include <string>
#include <vector>

namespace conf {

// The administrator's rules of the [[rule]] tables, in their order. `listeners`: the names that a
// condition on the listener may use. A table with problems gives a rule that is never used, because
// a file with problems is never used.
policy::Rules read_rules(
    Problems& problems,
    const std::vector<const Value*>& tables,
    const std::set<std::string>& listeners
);

}  // namespace conf
