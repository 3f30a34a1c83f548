#pragma once

#include "base/clock.h"

#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace portal {

// Any bytes as a JSON string: what is not UTF-8 is replaced, so that an answer is always JSON.
boost::json::value text(std::string_view bytes);
// RFC 3339, or null.
boost::json::value time_text(std::optional<base::Time> time);
// A cursor: null at the end.
boost::json::value cursor_text(std::string_view cursor);

}  // namespace portal
