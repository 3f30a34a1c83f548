#pragma once

#include "accounts/people.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "database/store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// Tokens for programs that act for a person. A token may do what its scopes name, and never more
// than its person may at that moment. A new password ends them all.
enum class Scope { holds_read, holds_act, senders_read, senders_write, reports_read, account_read };
// "holds:read" and so on.
std::string_view name_of(Scope scope);
std::optional<Scope> scope_named(std::string_view name);

inline constexpr std::string_view api_token_prefix = "pst_";  // so that a leaked one is recognised
inline constexpr std::int64_t api_tokens_per_person_max = 50;

struct ApiToken {
    std::string id;  // names it, opens nothing
    std::string name;
    std::vector<Scope> scopes;
    base::Time created_at;
    base::Time expires_at;
    std::optional<base::Time> used_at;

    bool may(Scope scope) const;
};

struct NewApiToken {
    std::string token;  // shown once; the store keeps its SHA-256
    ApiToken shown;
};
// Errors: invalid (an empty name or one of more than 100 bytes, no scope, a lifetime that is not
// positive), limit (the person has api_tokens_per_person_max that have not expired).
base::Result<NewApiToken> add_api_token(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view name,
    std::vector<Scope> scopes,
    std::chrono::milliseconds lifetime,
    base::Random& random,
    base::Time now
);

struct TokenHolder {
    Person person;
    ApiToken token;
};
// not_found: unknown, removed or expired.
base::Result<TokenHolder> find_api_token(
    database::Snapshot& snapshot, std::string_view token, base::Time now
);
// To be called at most once a minute.
base::Result<void> touch_api_token(
    database::Transaction& transaction, std::string_view id, base::Time now
);
// Newest first. What has expired is among them until it is removed.
base::Result<std::vector<ApiToken>> list_api_tokens(
    database::Snapshot& snapshot, std::int64_t person_row
);
// Of this person alone; unknown ids are passed over. What has been removed.
base::Result<std::vector<ApiToken>> remove_api_tokens(
    database::Transaction& transaction, std::int64_t person_row, const std::vector<std::string>& ids
);
// All of the person's. The number removed.
base::Result<std::int64_t> end_api_tokens(
    database::Transaction& transaction, std::int64_t person_row
);

}  // namespace accounts
