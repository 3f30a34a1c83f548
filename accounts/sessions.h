#pragma once

#include "accounts/people.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "database/store.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// The token goes into the cookie; the store keeps only its SHA-256. `agent`: the person's program
// in a few words, cut at 100 bytes.
base::Result<std::string> start_session(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view client,
    std::string_view agent,
    base::Random& random,
    base::Time now
);
struct SessionLimits {
    std::chrono::milliseconds idle;
    std::chrono::milliseconds absolute;
};
// not_found: unknown or ended. Does not write; touch_session moves the idle end and is called at
// most once a minute.
base::Result<Person> find_session(
    database::Snapshot& snapshot,
    std::string_view token,
    const SessionLimits& limits,
    base::Time now
);
base::Result<void> touch_session(
    database::Transaction& transaction, std::string_view token, base::Time now
);
base::Result<void> end_session(database::Transaction& transaction, std::string_view token);

// A session as its person sees it. `id` names it and opens nothing.
struct SessionShown {
    std::string id;
    std::string client;
    std::string agent;
    base::Time started_at;
    base::Time seen_at;
    bool is_this = false;  // the one `token` belongs to
};
// Those that have not ended, seen last first; at most as many as a person can have (50).
base::Result<std::vector<SessionShown>> list_sessions(
    database::Snapshot& snapshot,
    std::int64_t person_row,
    std::string_view token,
    const SessionLimits& limits,
    base::Time now
);
// Of this person alone; unknown ids are passed over. The number ended.
base::Result<std::int64_t> end_sessions_named(
    database::Transaction& transaction, std::int64_t person_row, const std::vector<std::string>& ids
);
// All but the one `token` belongs to; "" ends all. The number ended.
base::Result<std::int64_t> end_other_sessions(
    database::Transaction& transaction, std::int64_t person_row, std::string_view token
);

// Ended ones are never found; this only takes them out of the store. The number removed.
base::Result<std::int64_t> remove_ended_sessions(
    database::Transaction& transaction, const SessionLimits& limits, base::Time now
);

// Growing delay per account and per source address; never permanent. Failures are kept in the
// store, bounded in number and time. A value: try again after that many milliseconds; do not count
// what is tried before.
base::Result<std::optional<std::chrono::milliseconds>> sign_in_delay(
    database::Snapshot& snapshot,
    std::string_view address_key,
    std::string_view source,
    base::Time now
);
base::Result<void> note_sign_in_failure(
    database::Transaction& transaction,
    std::string_view address_key,
    std::string_view source,
    base::Time now
);
// The same for API tokens, per source alone. Counted apart from sign-ins: a program that goes on
// with a token that is gone must not keep the people behind the same address out.
base::Result<std::optional<std::chrono::milliseconds>> token_delay(
    database::Snapshot& snapshot, std::string_view source, base::Time now
);
base::Result<void> note_token_failure(
    database::Transaction& transaction, std::string_view source, base::Time now
);
base::Result<void> note_sign_in_success(
    database::Transaction& transaction, std::string_view address_key, base::Time now
);

}  // namespace accounts
