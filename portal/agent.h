#pragma once

#include <string>
#include <string_view>

namespace portal {

// A browser's User-Agent in the words of its person, "Firefox on Linux"; for programs the name
// before the slash ("curl"). Only a hint for people: anybody can write there what they like. Never
// longer than 60 bytes, ASCII; "" when nothing is said.
std::string agent_words(std::string_view user_agent);

}  // namespace portal
