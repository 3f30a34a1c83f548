#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "portal/call.h"
#include "portal/routes.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace portal {

// The credentials of an API token's program: "Authorization: Bearer …". None when there is no such
// field; other schemes are somebody else's (a proxy in front) and are passed over. "" for a field
// that stands twice or is malformed: it opens nothing.
std::optional<std::string> bearer_token(const Request& request);

// Who asks: the person of the session cookie or of an API token. Where a token is given the cookie
// is not looked at. Lives on the portal's loop.
class Authentication {
  public:
    explicit Authentication(Services& services) : services_(services) {}

    // Fills in the call's person and how they came; or the response to give instead: 401 (nobody),
    // 403 (a token whose scopes do not reach this route), 429 (too many wrong tokens from there).
    base::Task<std::optional<Response>> find_person(Call& call, const Route& route);

  private:
    base::Task<std::optional<Response>> by_session(Call& call);
    base::Task<std::optional<Response>> by_token(Call& call, const Route& route, std::string token);
    base::Task<Response> refuse_token(Call& call);
    // Moves the idle end of the session and notes the visit, at most once a minute. When that fails
    // the session only ends earlier, so the request goes on.
    base::Task<> touch_session(Call& call, base::Time now);
    base::Task<> touch_token(Call& call, base::Time now);
    // Whether this session or token was noted less than a minute ago; if not it is now.
    bool is_noted(const std::string& name, base::Time now);

    Services& services_;
    std::unordered_map<std::string, base::Time> noted_;
};

}  // namespace portal
