#pragma once

#include "portal/call.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// The body of a state-changing call: one JSON object, sent as application/json. Answers 415 or 400.
Answer<boost::json::object> json_body(const Request& request);

// The member when it is a string; "" when it is missing or null. Answers 400 when it is anything
// else or longer than `bytes_max`.
Answer<std::string> string_in(
    const boost::json::object& object, std::string_view name, std::size_t bytes_max
);

// The member as an array of strings without repetitions; none when it is missing or null. Answers
// 400 when it is anything else or longer than `count_max`.
Answer<std::optional<std::vector<std::string>>> strings_in(
    const boost::json::object& object, std::string_view name, std::size_t count_max
);

}  // namespace portal
