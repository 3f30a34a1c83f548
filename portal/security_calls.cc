#include "accounts/audit.h"
#include "accounts/password.h"
#include "accounts/password_rules.h"
#include "accounts/sessions.h"
#include "portal/credentials.h"
#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

// A person's sessions and password: what only somebody who has signed in may see and change.

namespace portal {

namespace json = boost::json;
using accounts::Weakness;
using base::Task;

namespace {

constexpr std::size_t sessions_named_max = 100;

accounts::AuditEntry security_entry(const Call& call, std::string_view act) {
    accounts::AuditEntry entry;
    entry.at = call.services.clock.now();
    entry.who = call.person.address;
    entry.act = act;
    entry.object = call.person.address;
    entry.source = call.client;
    return entry;
}

std::string_view words_for(Weakness weakness) {
    switch (weakness) {
        case Weakness::none:
            return "";
        case Weakness::too_short:
            return "A password has at least 10 characters.";
        case Weakness::too_long:
            return "A password has at most 1024 bytes.";
        case Weakness::address:
            return "The password is too much like your address.";
        case Weakness::common:
            return "This password is among those that are tried first. Take a longer one of your "
                   "own.";
    }
    return "";
}

Response weak_password(std::string_view code, std::string_view detail) {
    json::object body;
    body["type"] = "about:blank";
    body["title"] = reason_phrase(422);
    body["status"] = 422;
    body["detail"] = detail;
    body["field"] = "new";
    body["code"] = code;
    Response response = json_response(422, body);
    response.set("Content-Type", "application/problem+json");
    return response;
}

}  // namespace

Task<Response> list_own_sessions(Call& call) {
    accounts::SessionLimits limits;
    limits.idle = call.settings->portal.session_idle;
    limits.absolute = call.settings->portal.session_absolute;
    const base::Time now = call.services.clock.now();
    auto look = [row = call.person.row, token = call.token, limits, now](
                    database::Snapshot& snapshot
                ) { return accounts::list_sessions(snapshot, row, token, limits, now); };
    auto sessions = co_await call.services.store.read(std::move(look));
    if (!sessions) co_return problem(sessions.error(), call.services.log, "listing sessions");
    json::array array;
    for (const accounts::SessionShown& session : *sessions) {
        json::object one;
        one["id"] = text(session.id);
        one["client"] = text(session.client);
        one["agent"] = text(session.agent);
        one["started_at"] = time_text(session.started_at);
        one["seen_at"] = time_text(session.seen_at);
        one["this"] = session.is_this;
        array.push_back(std::move(one));
    }
    json::object answer;
    answer["sessions"] = std::move(array);
    co_return json_response(200, answer);
}

Task<Response> end_own_sessions(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto ids = strings_in(*body, "ids", sessions_named_max);
    if (!ids) co_return std::move(ids.error());
    const json::value* others = body->if_contains("others");
    const bool all_others = others && others->is_bool() && others->get_bool();
    if (all_others == ids->has_value()) {
        co_return problem(400, "Give either \"ids\" or \"others\": true.");
    }
    auto end = [entry = security_entry(call, "session.ended"),
                ids = std::move(*ids),
                row = call.person.row,
                token = call.token](database::Transaction& transaction
               ) mutable -> base::Result<std::int64_t> {
        auto ended = ids ? accounts::end_sessions_named(transaction, row, *ids)
                         : accounts::end_other_sessions(transaction, row, token);
        if (!ended || *ended == 0) return ended;
        entry.detail = fmt::format("{} {}", *ended, ids ? "by choice" : "others");
        auto noted = accounts::add_audit(transaction, entry);
        if (!noted) return base::failure(noted.error());
        return ended;
    };
    auto ended = co_await call.services.store.write(std::move(end));
    if (!ended) co_return problem(ended.error(), call.services.log, "ending sessions");
    json::object answer;
    answer["ended"] = *ended;
    co_return json_response(200, answer);
}

Task<Response> change_password(Call& call) {
    Services& services = call.services;
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto current = string_in(*body, "current", accounts::password_bytes_max);
    if (!current) co_return std::move(current.error());
    // A little more than there may be, so that the person is told what is wrong.
    auto next = string_in(*body, "new", 4 * accounts::password_bytes_max);
    if (!next) co_return std::move(next.error());
    const Weakness weakness = accounts::weakness_of(*next, call.person.addresses);
    if (weakness != Weakness::none) {
        co_return weak_password(accounts::name_of(weakness), words_for(weakness));
    }
    Task<Answer<std::string>> verifying = verify_credentials(
        call, call.person.address, *current, 403, "The current password is not right."
    );
    auto verified = co_await std::move(verifying);
    if (!verified) co_return std::move(verified.error());
    if (*next == *current) co_return weak_password("same", "This is the password you have.");

    auto hash_it = [password = *next, random = &services.random]() {
        return accounts::hash_password(password, *random);
    };
    auto hash = co_await services.hashing.run(std::move(hash_it));
    if (!hash) co_return problem(hash.error(), services.log, "hashing a password");
    auto change = [entry = security_entry(call, "account.password"),
                   verified = std::move(*verified),
                   hash = std::move(*hash),
                   row = call.person.row,
                   token = call.token](database::Transaction& transaction) -> base::Result<void> {
        auto present = accounts::password_hash_of(transaction, entry.object);
        if (!present) return base::failure(present.error());
        if (*present != verified) {
            return base::failure(
                base::ErrorKind::conflict, "The password has just been changed. Sign in again."
            );
        }
        auto set = accounts::set_password(transaction, row, hash, token);
        if (!set) return set;
        auto cleared = accounts::note_sign_in_success(transaction, entry.object, entry.at);
        if (!cleared) return cleared;
        return accounts::add_audit(transaction, entry);
    };
    auto changed = co_await services.store.write(std::move(change));
    if (!changed) co_return problem(changed.error(), services.log, "setting a password");
    services.log.info(
        "password_changed", {{"address", call.person.address}, {"client", call.client}}
    );
    Response response;
    response.status = 204;
    co_return response;
}

}  // namespace portal
