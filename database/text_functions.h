#pragma once

#include <string>
#include <string_view>

namespace database {

// Lower case by Unicode's simple mapping, whatever the process's locale says; ill-formed bytes stay
// as they are.
std::string folded(std::string_view text);

// Is `part` somewhere in `text`, case apart? An empty part is in everything.
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace database
