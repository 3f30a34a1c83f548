#pragma once

#include "base/async.h"
#include "portal/call.h"

#include <chrono>
#include <string>
#include <string_view>

namespace portal {

// 429, with when to try again.
Response wait_before_next_attempt(Call& call, std::chrono::milliseconds delay);

// Verifies a password, on a worker, with the delays that guessing gets: one attempt at a time for
// each address, and each failure counts for the account and for the source. `key` is what the
// account is looked up by, "?" for what is no address. Gives the hash the password was verified
// against, which may be another by now; or the response: 429, or `status` with `detail` when it is
// wrong.
base::Task<Answer<std::string>> verify_credentials(
    Call& call, std::string key, std::string password, int status, std::string_view detail
);

}  // namespace portal
