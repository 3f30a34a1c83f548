#pragma once

#include <string>
#include <string_view>

namespace command {

// "0.1.0", as project() in the top CMakeLists.txt says it.
std::string_view version();

// What `postern --version` prints: the version, and for each room the version of its tables, which
// tells whether a backup fits the program.
std::string version_text();

}  // namespace command
