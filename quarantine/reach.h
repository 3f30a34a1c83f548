#pragma once

#include "quarantine/hold_store.h"
#include "quarantine/rows.h"

#include <string>
#include <string_view>

namespace quarantine {

// The condition that keeps `hold` (the table's alias) within reach; true for an administrator.
std::string within_reach(const Reach& reach, std::string_view hold, Values& values);

// The words of hold_text.reach.
std::string owner_word(std::string_view owner);
std::string moderator_word(std::string_view moderator);

}  // namespace quarantine
