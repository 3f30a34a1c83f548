#pragma once

#include "portal/call.h"

#include <optional>

namespace portal {

// 403 for everybody but administrators; none: go on.
std::optional<Response> unless_administrator(const Call& call);

}  // namespace portal
