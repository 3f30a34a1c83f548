#include "portal/authentication.h"

#include "accounts/sessions.h"
#include "accounts/visits.h"
#include "base/ascii.h"
#include "base/sha256.h"
#include "portal/problem.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace portal {

namespace {

using base::Task;

constexpr std::size_t secret_bytes_max = 200;
constexpr std::size_t noted_max = 10'000;
constexpr std::string_view bearer_scheme = "bearer ";
constexpr std::string_view challenge = "Bearer realm=\"Postern\"";

// What a token is known by in memory: not the token.
std::string digest_of(std::string_view token) {
    return base::to_hex(base::sha256(token));
}

}  // namespace

std::optional<std::string> bearer_token(const Request& request) {
    std::optional<std::string> token;
    for (const Field& field : request.fields) {
        if (!base::equals_ignoring_case(field.name, "authorization")) continue;
        const std::string_view value = base::trim(field.value);
        if (!base::starts_with_ignoring_case(value, bearer_scheme)) continue;
        // RFC 6750 §2: one way of giving a token, once.
        if (token) return "";
        token = base::trim(value.substr(bearer_scheme.size()));
        if (token->size() > secret_bytes_max) token = "";
    }
    return token;
}

Task<std::optional<Response>> Authentication::find_person(Call& call, const Route& route) {
    auto token = bearer_token(call.request);
    Task<std::optional<Response>> finding =
        token ? by_token(call, route, std::move(*token)) : by_session(call);
    co_return co_await std::move(finding);
}

Task<std::optional<Response>> Authentication::by_session(Call& call) {
    std::optional<Response> refusal;
    const auto token = session_token(*call.site, call.request);
    if (!token || token->empty() || token->size() > secret_bytes_max) {
        refusal = problem(401, "Sign in first.");
        co_return refusal;
    }
    accounts::SessionLimits limits;
    limits.idle = call.settings->portal.session_idle;
    limits.absolute = call.settings->portal.session_absolute;
    const base::Time now = services_.clock.now();
    auto find = [token = *token, limits, now](database::Snapshot& snapshot) {
        return accounts::find_session(snapshot, token, limits, now);
    };
    auto person = co_await services_.store.read(std::move(find));
    if (!person && person.error().kind == base::ErrorKind::not_found) {
        refusal = problem(401, "The session has ended. Sign in again.");
        refusal->set("Set-Cookie", ended_cookie(*call.site));
        co_return refusal;
    }
    if (!person) {
        refusal = problem(person.error(), services_.log, "finding a session");
        co_return refusal;
    }
    call.person = std::move(*person);
    call.token = *token;
    co_await touch_session(call, now);
    co_return refusal;
}

// Only who comes with a wrong token waits: 128 random bits are not guessed, and a program whose
// token has expired must not keep out the others behind the same address, which may be a whole
// office.
Task<std::optional<Response>> Authentication::by_token(
    Call& call, const Route& route, std::string token
) {
    std::optional<Response> refusal;
    const base::Time now = services_.clock.now();
    const std::string source = call.client;
    struct Found {
        std::optional<accounts::TokenHolder> holder;
        std::optional<std::chrono::milliseconds> delay;  // only where there is no holder
    };
    auto find = [token, source, now](database::Snapshot& snapshot) -> base::Result<Found> {
        Found found;
        auto holder = accounts::find_api_token(snapshot, token, now);
        if (holder) {
            found.holder = std::move(*holder);
            return found;
        }
        if (holder.error().kind != base::ErrorKind::not_found) {
            return base::failure(holder.error());
        }
        auto delay = accounts::token_delay(snapshot, source, now);
        if (!delay) return base::failure(delay.error());
        found.delay = *delay;
        return found;
    };
    auto found = co_await services_.store.read(std::move(find));
    if (!found) {
        refusal = problem(found.error(), services_.log, "finding an API token");
        co_return refusal;
    }
    if (found->delay) {
        refusal = problem_later(429, "Too many wrong tokens. Wait a moment.", *found->delay);
        co_return refusal;
    }
    if (!found->holder) {
        noted_.erase(digest_of(token));
        refusal = co_await refuse_token(call);
        co_return refusal;
    }
    call.person = std::move(found->holder->person);
    call.api_token = std::move(found->holder->token);
    // Audit rows and log lines say by which token something was done.
    call.client = fmt::format("{} token {}", call.client, call.api_token->id);
    if (!is_noted(digest_of(token), now)) co_await touch_token(call, now);
    if (route.scope && call.api_token->may(*route.scope)) co_return refusal;
    // RFC 6750 §3.1: insufficient_scope.
    refusal = problem(
        403,
        route.scope ? fmt::format("This token lacks the scope {}.", accounts::name_of(*route.scope))
                    : std::string("This cannot be done with a token.")
    );
    const std::string wanted =
        route.scope ? fmt::format(", scope=\"{}\"", accounts::name_of(*route.scope)) : "";
    refusal->set(
        "WWW-Authenticate", fmt::format("{}, error=\"insufficient_scope\"{}", challenge, wanted)
    );
    co_return refusal;
}

Task<Response> Authentication::refuse_token(Call& call) {
    const base::Time now = services_.clock.now();
    auto note = [source = call.client, now](database::Transaction& transaction) {
        return accounts::note_token_failure(transaction, source, now);
    };
    auto noted = co_await services_.store.write(std::move(note));
    if (!noted) co_return problem(noted.error(), services_.log, "noting a wrong token");
    services_.log.warning("token_refused", {{"client", call.client}});
    Response response = problem(401, "This token is unknown, has expired or has been removed.");
    response.set("WWW-Authenticate", fmt::format("{}, error=\"invalid_token\"", challenge));
    co_return response;
}

bool Authentication::is_noted(const std::string& name, base::Time now) {
    if (noted_.size() > noted_max) noted_.clear();
    base::Time& last = noted_[name];
    if (now - last < std::chrono::minutes(1)) return true;
    last = now;
    return false;
}

Task<> Authentication::touch_session(Call& call, base::Time now) {
    if (is_noted(digest_of(call.token), now)) co_return;
    auto touch = [token = call.token, row = call.person.row, now](database::Transaction& transaction
                 ) -> base::Result<void> {
        auto touched = accounts::touch_session(transaction, token, now);
        if (!touched) return touched;
        return accounts::note_visit(transaction, row, now);
    };
    auto touched = co_await services_.store.write(std::move(touch));
    if (!touched) {
        services_.log.warning("session_not_touched", {{"why", touched.error().text}});
    }
}

Task<> Authentication::touch_token(Call& call, base::Time now) {
    auto touch = [id = call.api_token->id, now](database::Transaction& transaction) {
        return accounts::touch_api_token(transaction, id, now);
    };
    auto touched = co_await services_.store.write(std::move(touch));
    if (!touched) {
        services_.log.warning("token_not_touched", {{"why", touched.error().text}});
    }
}

}  // namespace portal
