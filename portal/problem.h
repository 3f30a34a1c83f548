#pragma once

#include "base/log.h"
#include "base/result.h"
#include "portal/http_message.h"

#include <boost/json/value.hpp>

#include <chrono>
#include <string_view>

namespace portal {

Response json_response(int status, const boost::json::value& value);

// RFC 9457. `detail` is one sentence for the person.
Response problem(int status, std::string_view detail);
// With one more member of our own.
Response problem_with(
    int status, std::string_view detail, std::string_view name, boost::json::value value
);
// The same, where an Answer is asked for.
tl::unexpected<Response> refuse(int status, std::string_view detail);
// With Retry-After, in whole seconds, at least one.
Response problem_later(int status, std::string_view detail, std::chrono::milliseconds wait);

// What a failure of ours becomes. A stranger sees no internals: what is not about the request goes
// to the log and is answered in general words.
Response problem(const base::Error& error, base::Log& log, std::string_view doing);

}  // namespace portal
