#include "portal/administration.h"

#include "portal/problem.h"

namespace portal {

std::optional<Response> unless_administrator(const Call& call) {
    if (call.person.role == accounts::Role::administrator) return std::nullopt;
    return problem(403, "Only administrators see this.");
}

}  // namespace portal
