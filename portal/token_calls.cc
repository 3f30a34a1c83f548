#include "accounts/api_tokens.h"
#include "accounts/audit.h"
#include "base/ascii.h"
#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace portal {

namespace json = boost::json;
using accounts::ApiToken;
using accounts::Scope;
using base::Task;

namespace {

constexpr std::int64_t token_days_max = 365;
constexpr std::size_t tokens_named_max = 200;

json::array scopes_json(const std::vector<Scope>& scopes) {
    json::array names;
    for (const Scope scope : scopes) names.push_back(text(accounts::name_of(scope)));
    return names;
}

json::object token_json(const ApiToken& token) {
    json::object object;
    object["id"] = text(token.id);
    object["name"] = text(token.name);
    object["scopes"] = scopes_json(token.scopes);
    object["created_at"] = time_text(token.created_at);
    object["expires_at"] = time_text(token.expires_at);
    object["used_at"] = time_text(token.used_at);
    return object;
}

struct WantedToken {
    std::string name;
    std::vector<Scope> scopes;
    std::chrono::days lifetime{0};
};

tl::unexpected<Response> refuse_member(std::string_view member, std::string_view detail) {
    return tl::unexpected(problem_with(422, detail, "field", text(member)));
}

Answer<WantedToken> wanted_token_in(const json::object& body) {
    WantedToken wanted;
    auto name = string_in(body, "name", 1000);
    if (!name) return tl::unexpected(name.error());
    wanted.name = base::trim(*name);
    const bool is_line = std::none_of(wanted.name.begin(), wanted.name.end(), base::is_control);
    if (wanted.name.empty() || wanted.name.size() > 100 || !is_line) {
        return refuse_member("name", "A token needs a name of at most 100 bytes in one line.");
    }
    auto scopes = strings_in(body, "scopes", 100);
    if (!scopes) return tl::unexpected(scopes.error());
    for (const std::string& one : scopes->value_or(std::vector<std::string>())) {
        const auto scope = accounts::scope_named(one);
        if (!scope) return refuse_member("scopes", "There is no such scope.");
        wanted.scopes.push_back(*scope);
    }
    if (wanted.scopes.empty()) return refuse_member("scopes", "A token needs at least one scope.");
    const json::value* days = body.if_contains("expires_in_days");
    if (!days || !days->is_int64() || days->get_int64() < 1 || days->get_int64() > token_days_max) {
        return refuse_member("expires_in_days", "A token lives for 1 to 365 days.");
    }
    wanted.lifetime = std::chrono::days(days->get_int64());
    return wanted;
}

// Who does it, from where and when.
struct Doer {
    std::string who;
    std::string source;
    base::Time now;
};

accounts::AuditEntry token_entry(const Doer& doer, std::string_view act, const ApiToken& token) {
    accounts::AuditEntry entry;
    entry.at = doer.now;
    entry.who = doer.who;
    entry.act = act;
    entry.object = token.id;
    entry.detail = token.name;
    for (const Scope scope : token.scopes) {
        entry.detail += entry.detail.size() == token.name.size() ? ": " : " ";
        entry.detail += accounts::name_of(scope);
    }
    entry.source = doer.source;
    return entry;
}

}  // namespace

Task<Response> list_tokens(Call& call) {
    auto look = [row = call.person.row](database::Snapshot& snapshot) {
        return accounts::list_api_tokens(snapshot, row);
    };
    auto tokens = co_await call.services.store.read(std::move(look));
    if (!tokens) co_return problem(tokens.error(), call.services.log, "listing tokens");
    json::array array;
    for (const ApiToken& token : *tokens) array.push_back(token_json(token));
    json::object answer;
    answer["tokens"] = std::move(array);
    co_return json_response(200, answer);
}

Task<Response> add_token(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto wanted = wanted_token_in(*body);
    if (!wanted) co_return std::move(wanted.error());
    const Doer doer{call.person.address, call.client, call.services.clock.now()};
    auto add =
        [wanted = std::move(*wanted), doer, row = call.person.row, random = &call.services.random](
            database::Transaction& transaction
        ) -> base::Result<accounts::NewApiToken> {
        auto made = accounts::add_api_token(
            transaction, row, wanted.name, wanted.scopes, wanted.lifetime, *random, doer.now
        );
        if (!made) return made;
        auto noted =
            accounts::add_audit(transaction, token_entry(doer, "token.added", made->shown));
        if (!noted) return base::failure(noted.error());
        return made;
    };
    auto made = co_await call.services.store.write(std::move(add));
    if (!made && made.error().kind == base::ErrorKind::limit) {
        co_return problem(409, "You have 50 tokens already. Remove one first.");
    }
    if (!made) co_return problem(made.error(), call.services.log, "adding a token");
    call.services.log.info(
        "token_added", {{"address", call.person.address}, {"token", made->shown.id}}
    );
    json::object answer = token_json(made->shown);
    answer["token"] = text(made->token);
    co_return json_response(200, answer);
}

Task<Response> remove_tokens(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto ids = strings_in(*body, "ids", tokens_named_max);
    if (!ids) co_return std::move(ids.error());
    if (!*ids) co_return problem(400, "\"ids\" is missing.");
    const Doer doer{call.person.address, call.client, call.services.clock.now()};
    auto remove = [ids = std::move(**ids), doer, row = call.person.row](
                      database::Transaction& transaction
                  ) -> base::Result<std::size_t> {
        auto removed = accounts::remove_api_tokens(transaction, row, ids);
        if (!removed) return base::failure(removed.error());
        for (const ApiToken& token : *removed) {
            auto noted =
                accounts::add_audit(transaction, token_entry(doer, "token.removed", token));
            if (!noted) return base::failure(noted.error());
        }
        return removed->size();
    };
    auto removed = co_await call.services.store.write(std::move(remove));
    if (!removed) co_return problem(removed.error(), call.services.log, "removing tokens");
    json::object answer;
    answer["removed"] = *removed;
    co_return json_response(200, answer);
}

}  // namespace portal
