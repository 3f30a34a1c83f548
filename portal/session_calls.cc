#include "accounts/audit.h"
#include "accounts/password.h"
#include "accounts/preferences.h"
#include "accounts/sessions.h"
#include "base/async.h"
#include "mail/address.h"
#include "portal/agent.h"
#include "portal/branding.h"
#include "portal/credentials.h"
#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>

#include <utility>

namespace portal {

namespace json = boost::json;
using base::Task;

namespace {

constexpr std::size_t address_bytes_max = 254;  // RFC 5321 §4.5.3.1.3
constexpr std::size_t password_bytes_max = 1024;

json::object person_json(const Call& call, const accounts::Preferences& preferences) {
    const auto texts = [](const std::vector<std::string>& keys) {
        json::array all;
        for (const std::string& key : keys) all.push_back(text(key));
        return all;
    };
    json::object wishes;
    wishes["language"] = text(preferences.language);
    wishes["time_zone"] = text(preferences.time_zone);
    json::object person;
    person["address"] = text(call.person.address);
    person["name"] = text(call.person.name);
    person["role"] = text(accounts::name_of(call.person.role));
    person["addresses"] = texts(call.person.addresses);
    person["acts_for"] = texts(call.person.acts_for);
    person["product"] = product_json(call.settings->portal);
    person["preferences"] = std::move(wishes);
    person["hostname"] = text(call.settings->hostname);
    return person;
}

struct Credentials {
    std::string key;  // what the account is looked up by; never empty
    std::string password;
};

Answer<Credentials> credentials_in(const Request& request) {
    auto body = json_body(request);
    if (!body) return tl::unexpected(body.error());
    auto typed = string_in(*body, "address", address_bytes_max);
    if (!typed) return tl::unexpected(typed.error());
    auto password = string_in(*body, "password", password_bytes_max);
    if (!password) return tl::unexpected(password.error());
    if (typed->empty()) return tl::unexpected(problem(400, "An address is needed."));
    const auto address = mail::Address::parse(*typed);
    // What is no address goes the same long way as an address that nobody has.
    return Credentials{address ? address->key() : "?", std::move(*password)};
}

using Delay = std::optional<std::chrono::milliseconds>;

struct Begun {
    Delay delay;  // then there is no session
    accounts::Person person;
    accounts::Preferences preferences;
    std::string token;
};

// `hash` is what the password was verified against.
Task<Response> begin_session(Call& call, std::string key, std::string hash) {
    Services& services = call.services;
    const base::Time now = services.clock.now();
    const std::string source = call.client;
    const std::string old = session_token(*call.site, call.request).value_or("");
    const std::string* agent_field = call.request.field("user-agent");
    const std::string agent = agent_words(agent_field ? *agent_field : "");
    auto begin = [key, hash, source, agent, old, now, random = &services.random](
                     database::Transaction& transaction
                 ) -> base::Result<Begun> {
        auto delay = accounts::sign_in_delay(transaction, key, source, now);
        if (!delay) return base::failure(delay.error());
        if (*delay) return Begun{*delay, {}, {}, {}};
        auto present = accounts::password_hash_of(transaction, key);
        if (!present) return base::failure(present.error());
        // A new password ended all sessions; the old one must not begin another.
        if (*present != hash) {
            return base::failure(
                base::ErrorKind::conflict, "The password has just been changed. Sign in again."
            );
        }
        auto person = accounts::find_person(transaction, key);
        if (!person) return base::failure(person.error());
        auto preferences = accounts::preferences_of(transaction, person->row);
        if (!preferences) return base::failure(preferences.error());
        auto noted = accounts::note_sign_in_success(transaction, key, now);
        if (!noted) return base::failure(noted.error());
        // A session that came with this request ends: who had its token must not follow us in.
        if (!old.empty()) {
            auto ended = accounts::end_session(transaction, old);
            if (!ended && ended.error().kind != base::ErrorKind::not_found) {
                return base::failure(ended.error());
            }
        }
        auto token = accounts::start_session(transaction, person->row, source, agent, *random, now);
        if (!token) return base::failure(token.error());
        accounts::AuditEntry entry;
        entry.at = now;
        entry.who = person->address;
        entry.act = "session.started";
        entry.object = key;
        entry.detail = agent;
        entry.source = source;
        auto audited = accounts::add_audit(transaction, entry);
        if (!audited) return base::failure(audited.error());
        return Begun{{}, std::move(*person), std::move(*preferences), std::move(*token)};
    };
    auto begun = co_await services.store.write(std::move(begin));
    if (!begun) co_return problem(begun.error(), services.log, "starting a session");
    if (begun->delay) co_return wait_before_next_attempt(call, *begun->delay);
    call.person = std::move(begun->person);
    Response response = json_response(200, person_json(call, begun->preferences));
    const std::chrono::seconds age = call.settings->portal.session_absolute;
    response.set("Set-Cookie", session_cookie(*call.site, begun->token, age));
    services.measures.signed_in.add();
    services.log.info("signed_in", {{"address", call.person.address}, {"client", source}});
    co_return response;
}

}  // namespace

// The same answer for everybody: it must not tell who has an account.
Task<Response> sign_in_methods(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto address = string_in(*body, "address", address_bytes_max);
    if (!address) co_return std::move(address.error());
    if (address->empty()) co_return problem(400, "An address is needed.");
    json::object answer;
    answer["methods"] = json::array({"password"});
    co_return json_response(200, answer);
}

Task<Response> sign_in(Call& call) {
    auto credentials = credentials_in(call.request);
    if (!credentials) co_return std::move(credentials.error());
    const std::string key = credentials->key;
    Task<Answer<std::string>> verifying = verify_credentials(
        call, key, std::move(credentials->password), 401, "The address or the password is wrong."
    );
    auto hash = co_await std::move(verifying);
    if (!hash) co_return std::move(hash.error());
    Task<Response> beginning = begin_session(call, key, std::move(*hash));
    co_return co_await std::move(beginning);
}

Task<Response> show_session(Call& call) {
    auto look = [row = call.person.row](database::Snapshot& snapshot) {
        return accounts::preferences_of(snapshot, row);
    };
    auto preferences = co_await call.services.store.read(std::move(look));
    if (!preferences) {
        co_return problem(preferences.error(), call.services.log, "looking up preferences");
    }
    co_return json_response(200, person_json(call, *preferences));
}

Task<Response> sign_out(Call& call) {
    const base::Time now = call.services.clock.now();
    auto end = [token = call.token, who = call.person.address, source = call.client, now](
                   database::Transaction& transaction
               ) -> base::Result<void> {
        auto ended = accounts::end_session(transaction, token);
        if (!ended) return ended;
        accounts::AuditEntry entry;
        entry.at = now;
        entry.who = who;
        entry.act = "session.ended";
        entry.object = who;
        entry.source = source;
        return accounts::add_audit(transaction, entry);
    };
    auto ended = co_await call.services.store.write(std::move(end));
    if (!ended) co_return problem(ended.error(), call.services.log, "ending a session");
    Response response;
    response.status = 204;
    response.set("Set-Cookie", ended_cookie(*call.site));
    co_return response;
}

}  // namespace portal
