#include "accounts/audit.h"
#include "accounts/password.h"
#include "accounts/sessions.h"
#include "base/async.h"
#include "mail/address.h"
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

json::object person_json(const Call& call) {
    json::object product;
    product["name"] = text(call.settings->portal.product_name);
    json::array addresses;
    for (const std::string& address : call.person.addresses) addresses.push_back(text(address));
    json::object person;
    person["address"] = text(call.person.address);
    person["name"] = text(call.person.name);
    person["role"] = text(accounts::name_of(call.person.role));
    person["addresses"] = std::move(addresses);
    person["product"] = std::move(product);
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

// One attempt at a time for each address: attempts side by side would all be let in before the
// first of them counts as failed.
struct Attempt {
    Attempt(std::set<std::string>& all, const std::string& key)
        : attempts(all), at(all.insert(key)) {}
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    ~Attempt() {
        if (at.second) attempts.erase(at.first);
    }
    bool is_only() const { return at.second; }
    std::set<std::string>& attempts;
    std::pair<std::set<std::string>::iterator, bool> at;
};

Response wait_before(Call& call, std::chrono::milliseconds delay) {
    call.services.measures.sign_in_delayed.add();
    return problem_later(429, "Too many attempts. Wait a moment and try again.", delay);
}

using Delay = std::optional<std::chrono::milliseconds>;

// Whether the person has to wait is asked again where the outcome is written, one after the other:
// guesses at many accounts, all let in side by side, learn no more than they would in a row.
Task<Response> refuse_credentials(Call& call, std::string key) {
    const base::Time now = call.services.clock.now();
    const std::string source = call.client;
    auto note = [key, source, now](database::Transaction& transaction) -> base::Result<Delay> {
        auto delay = accounts::sign_in_delay(transaction, key, source, now);
        if (!delay || *delay) return delay;
        auto noted = accounts::note_sign_in_failure(transaction, key, source, now);
        if (!noted) return base::failure(noted.error());
        return Delay();
    };
    auto delay = co_await call.services.store.write(std::move(note));
    if (!delay) co_return problem(delay.error(), call.services.log, "noting a failed sign-in");
    if (*delay) co_return wait_before(call, **delay);
    call.services.measures.sign_in_refused.add();
    call.services.log.warning("sign_in_refused", {{"address", key}, {"client", source}});
    co_return problem(401, "The address or the password is wrong.");
}

struct Begun {
    Delay delay;  // then there is no session
    accounts::Person person;
    std::string token;
};

// `hash` is what the password was verified against.
Task<Response> begin_session(Call& call, std::string key, std::string hash) {
    Services& services = call.services;
    const base::Time now = services.clock.now();
    const std::string source = call.client;
    const std::string old = session_token(*call.site, call.request).value_or("");
    auto begin = [key, hash, source, old, now, random = &services.random](
                     database::Transaction& transaction
                 ) -> base::Result<Begun> {
        auto delay = accounts::sign_in_delay(transaction, key, source, now);
        if (!delay) return base::failure(delay.error());
        if (*delay) return Begun{*delay, {}, {}};
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
        auto noted = accounts::note_sign_in_success(transaction, key, now);
        if (!noted) return base::failure(noted.error());
        // A session that came with this request ends: who had its token must not follow us in.
        if (!old.empty()) {
            auto ended = accounts::end_session(transaction, old);
            if (!ended && ended.error().kind != base::ErrorKind::not_found) {
                return base::failure(ended.error());
            }
        }
        auto token = accounts::start_session(transaction, person->row, source, "", *random, now);
        if (!token) return base::failure(token.error());
        accounts::AuditEntry entry;
        entry.at = now;
        entry.who = person->address;
        entry.act = "session.started";
        entry.object = key;
        entry.source = source;
        auto audited = accounts::add_audit(transaction, entry);
        if (!audited) return base::failure(audited.error());
        return Begun{{}, std::move(*person), std::move(*token)};
    };
    auto begun = co_await services.store.write(std::move(begin));
    if (!begun) co_return problem(begun.error(), services.log, "starting a session");
    if (begun->delay) co_return wait_before(call, *begun->delay);
    call.person = std::move(begun->person);
    Response response = json_response(200, person_json(call));
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
    Services& services = call.services;
    auto credentials = credentials_in(call.request);
    if (!credentials) co_return std::move(credentials.error());
    const std::string key = credentials->key;
    const Attempt attempt(services.signing_in, key);
    if (!attempt.is_only()) co_return wait_before(call, std::chrono::seconds(1));

    struct Known {
        Delay delay;
        std::string hash;
    };
    const base::Time now = services.clock.now();
    const std::string source = call.client;
    auto look = [key, source, now](database::Snapshot& snapshot) -> base::Result<Known> {
        auto delay = accounts::sign_in_delay(snapshot, key, source, now);
        if (!delay) return base::failure(delay.error());
        auto hash = accounts::password_hash_of(snapshot, key);
        if (!hash) return base::failure(hash.error());
        return Known{*delay, std::move(*hash)};
    };
    auto known = co_await services.store.read(std::move(look));
    if (!known) co_return problem(known.error(), services.log, "looking up an account");
    if (known->delay) co_return wait_before(call, *known->delay);

    auto verify = [password = credentials->password, hash = known->hash]() -> base::Result<bool> {
        return accounts::verify_password(password, hash);
    };
    auto right = co_await services.hashing.run(std::move(verify));
    if (!right) co_return problem(right.error(), services.log, "verifying a password");
    if (*right) co_return co_await begin_session(call, key, known->hash);
    co_return co_await refuse_credentials(call, key);
}

Task<Response> show_session(Call& call) {
    co_return json_response(200, person_json(call));
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
