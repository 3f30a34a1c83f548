#pragma once

#include "conf/table_reader.h"
#include "policy/condition.h"

#include <set>
#include <string>
#include <vector>

namespace conf {

// The conditions that stand in one [[rule]] table or in its `not` table; all have to match.
std::vector<policy::Condition> read_conditions(
    TableReader& reader, const std::set<std::string>& listeners
);

// RFC 5322 §2.2: printable ASCII without a colon.
bool is_field_name(std::string_view name);

}  // namespace conf
