#pragma once

#include "policy/rule.h"

#include <string_view>

namespace policy {

inline constexpr std::string_view ambiguous_content_rule = "ambiguous executable or archive";
inline constexpr std::string_view not_one_from_rule = "not exactly one From";

// The rules that stand behind those of the file unless `[policy] default_rules = false`:
//  - a mail that carries a program or an archive and is built so that mail readers disagree about
//    what it holds is held for the administrator;
//  - a mail that does not say clearly who wrote it is held for its owner.
Rules built_in_rules();

}  // namespace policy
