#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace command {

// Asks on the terminal and does not show what is typed. None without a terminal, at its end, and
// after Ctrl-C.
std::optional<std::string> ask_in_secret(std::string_view prompt);

}  // namespace command
