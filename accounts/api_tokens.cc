#include "accounts/api_tokens.h"

#include "accounts/time_column.h"
#include "base/sha256.h"

#include <algorithm>
#include <array>

namespace accounts {

using base::ErrorKind;
using base::failure;

namespace {

constexpr std::size_t token_name_bytes_max = 100;
// An expired token is shown this long, so that its person sees why the program has stopped.
constexpr std::chrono::milliseconds shown_after_expiry = std::chrono::days(30);

struct NamedScope {
    Scope scope;
    std::string_view name;
};
constexpr std::array named_scopes = {
    NamedScope{Scope::holds_read, "holds:read"},
    NamedScope{Scope::holds_act, "holds:act"},
    NamedScope{Scope::senders_read, "senders:read"},
    NamedScope{Scope::senders_write, "senders:write"},
    NamedScope{Scope::reports_read, "reports:read"},
    NamedScope{Scope::account_read, "account:read"},
};

constexpr std::string_view token_columns =
    "public_id, name, scopes, created_at, expires_at, used_at, account";

base::Result<ApiToken> api_token_in(const database::Rows& rows) {
    ApiToken token;
    token.id = rows.text(0);
    token.name = rows.text(1);
    for (std::string_view rest = rows.text(2); !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const auto scope = scope_named(rest.substr(0, end));
        if (!scope) return failure(ErrorKind::corrupt, "token {} has an unknown scope", token.id);
        token.scopes.push_back(*scope);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    token.created_at = from_column(rows.integer(3));
    token.expires_at = from_column(rows.integer(4));
    if (rows.integer(5) != 0) token.used_at = from_column(rows.integer(5));
    return token;
}

base::Result<void> check_new(
    std::string_view name, const std::vector<Scope>& scopes, std::chrono::milliseconds lifetime
) {
    if (name.empty() || name.size() > token_name_bytes_max)
        return failure(ErrorKind::invalid, "a token needs a name of at most 100 bytes");
    if (scopes.empty()) return failure(ErrorKind::invalid, "a token needs at least one scope");
    if (lifetime <= lifetime.zero())
        return failure(ErrorKind::invalid, "a token needs time to live");
    return {};
}

}  // namespace

std::string_view name_of(Scope scope) {
    for (const auto& named : named_scopes)
        if (named.scope == scope) return named.name;
    return "";
}

std::optional<Scope> scope_named(std::string_view name) {
    for (const auto& named : named_scopes)
        if (named.name == name) return named.scope;
    return std::nullopt;
}

bool ApiToken::may(Scope scope) const {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

base::Result<NewApiToken> add_api_token(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view name,
    std::vector<Scope> scopes,
    std::chrono::milliseconds lifetime,
    base::Random& random,
    base::Time now
) {
    if (auto fits = check_new(name, scopes, lifetime); !fits) return failure(fits.error());
    auto expired = transaction.execute(
        "DELETE FROM api_token WHERE expires_at <= ?", {to_column(now - shown_after_expiry)}
    );
    if (!expired) return failure(expired.error(), "removing expired tokens");
    {
        auto rows = transaction.query(
            "SELECT count(*) FROM api_token WHERE account = ? AND expires_at > ?",
            {person_row, to_column(now)}
        );
        if (!rows) return failure(rows.error(), "counting tokens");
        auto there = rows->next();
        if (!there) return failure(there.error(), "counting tokens");
        if (rows->integer(0) >= api_tokens_per_person_max)
            return failure(
                ErrorKind::limit, "there are {} tokens already", api_tokens_per_person_max
            );
    }
    std::sort(scopes.begin(), scopes.end());
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    std::string names;
    for (const Scope scope : scopes) {
        if (!names.empty()) names += ' ';
        names += name_of(scope);
    }
    NewApiToken made;
    made.token = std::string(api_token_prefix) + base::random_id(random);
    made.shown.id = base::random_id(random);
    made.shown.name = name;
    made.shown.scopes = std::move(scopes);
    made.shown.created_at = now;
    made.shown.expires_at = now + lifetime;
    const auto hash = base::sha256(made.token);
    auto added = transaction.execute(
        "INSERT INTO api_token "
        "(token_hash, public_id, account, name, scopes, created_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        {database::Blob{base::as_bytes(hash)},
         made.shown.id,
         person_row,
         name,
         names,
         to_column(now),
         to_column(made.shown.expires_at)}
    );
    if (!added) return failure(added.error(), "adding a token");
    return made;
}

base::Result<TokenHolder> find_api_token(
    database::Snapshot& snapshot, std::string_view token, base::Time now
) {
    const auto hash = base::sha256(token);
    TokenHolder holder;
    std::int64_t account = 0;
    {
        auto rows = snapshot.query(
            fmt::format("SELECT {} FROM api_token WHERE token_hash = ?", token_columns),
            {database::Blob{base::as_bytes(hash)}}
        );
        if (!rows) return failure(rows.error(), "looking up a token");
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking up a token");
        if (!*there) return failure(ErrorKind::not_found, "there is no such token");
        auto found = api_token_in(*rows);
        if (!found) return failure(found.error());
        if (now >= found->expires_at) return failure(ErrorKind::not_found, "the token has expired");
        holder.token = std::move(*found);
        account = rows->integer(6);
    }
    auto person = find_person_in_row(snapshot, account);
    if (!person) return failure(person.error());
    holder.person = std::move(*person);
    return holder;
}

base::Result<void> touch_api_token(
    database::Transaction& transaction, std::string_view id, base::Time now
) {
    auto touched = transaction.execute(
        "UPDATE api_token SET used_at = max(used_at, ?) WHERE public_id = ?", {to_column(now), id}
    );
    if (!touched) return failure(touched.error(), "noting that a token is used");
    return {};
}

base::Result<std::vector<ApiToken>> list_api_tokens(
    database::Snapshot& snapshot, std::int64_t person_row
) {
    std::vector<ApiToken> tokens;
    auto rows = snapshot.query(
        fmt::format(
            "SELECT {} FROM api_token WHERE account = ? ORDER BY created_at DESC, public_id",
            token_columns
        ),
        {person_row}
    );
    if (!rows) return failure(rows.error(), "listing tokens");
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "listing tokens");
        if (!*there) return tokens;
        auto token = api_token_in(*rows);
        if (!token) return failure(token.error());
        tokens.push_back(std::move(*token));
    }
}

base::Result<std::vector<ApiToken>> remove_api_tokens(
    database::Transaction& transaction, std::int64_t person_row, const std::vector<std::string>& ids
) {
    auto tokens = list_api_tokens(transaction, person_row);
    if (!tokens) return failure(tokens.error());
    std::erase_if(*tokens, [&](const ApiToken& token) {
        return std::find(ids.begin(), ids.end(), token.id) == ids.end();
    });
    for (const ApiToken& token : *tokens) {
        auto removed = transaction.execute(
            "DELETE FROM api_token WHERE account = ? AND public_id = ?", {person_row, token.id}
        );
        if (!removed) return failure(removed.error(), "removing a token");
    }
    return tokens;
}

base::Result<std::int64_t> end_api_tokens(
    database::Transaction& transaction, std::int64_t person_row
) {
    auto ended = transaction.execute("DELETE FROM api_token WHERE account = ?", {person_row});
    if (!ended) return failure(ended.error(), "ending tokens");
    return ended;
}

}  // namespace accounts
