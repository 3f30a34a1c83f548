#pragma once

#include "quarantine/hold_store.h"

#include <string>
#include <string_view>

namespace quarantine {

// The FTS5 expression for the words of a person, within what `scope` of `reach` lets them see.
// Every word is quoted, so that nothing of FTS5's own language is understood: no operators, no
// columns, no prefixes. "" when there is no word in it. NUL would end the expression; it separates
// words.
std::string search_expression(const Reach& reach, const HoldFilter& filter);

}  // namespace quarantine
