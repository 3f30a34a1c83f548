#pragma once

#include "accounts/api_tokens.h"
#include "base/async.h"
#include "portal/call.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// by_link: the path holds a token of its own, which is all that is asked for.
enum class Access { open, signed_in, by_link };

using Handler = base::Task<Response> (*)(Call&);

struct Route {
    Method method;
    std::string_view pattern;  // "/api/v1/holds/{id}": a brace takes one segment
    Access access;
    std::size_t body_bytes_max;
    Handler handler;
    // What an API token needs for it; none: only people with a session.
    std::optional<accounts::Scope> scope = std::nullopt;
};

// Every route there is; /api/v1/openapi.json describes those below /api.
std::span<const Route> routes();

struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::array<std::string, 2> path_values;
    std::vector<Method> allowed;  // of the path; empty: no such path. HEAD goes where GET goes.
};
Match find_route(Method method, std::string_view path);

}  // namespace portal
