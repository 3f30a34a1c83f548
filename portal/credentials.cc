#include "portal/credentials.h"

#include "accounts/password.h"
#include "accounts/sessions.h"
#include "portal/problem.h"

#include <optional>
#include <set>
#include <utility>

namespace portal {

namespace {

using base::Task;
using Delay = std::optional<std::chrono::milliseconds>;

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

// Whether the person has to wait is asked again where the outcome is written, one after the other:
// guesses at many accounts, all let in side by side, learn no more than they would in a row.
Task<Response> refuse_credentials(Call& call, std::string key, int status, std::string detail) {
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
    if (*delay) co_return wait_before_next_attempt(call, **delay);
    call.services.measures.sign_in_refused.add();
    call.services.log.warning("sign_in_refused", {{"address", key}, {"client", source}});
    co_return problem(status, detail);
}

}  // namespace

Response wait_before_next_attempt(Call& call, std::chrono::milliseconds delay) {
    call.services.measures.sign_in_delayed.add();
    return problem_later(429, "Too many attempts. Wait a moment and try again.", delay);
}

Task<Answer<std::string>> verify_credentials(
    Call& call, std::string key, std::string password, int status, std::string_view detail
) {
    Services& services = call.services;
    const Attempt attempt(services.signing_in, key);
    if (!attempt.is_only()) {
        co_return tl::unexpected(wait_before_next_attempt(call, std::chrono::seconds(1)));
    }
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
    if (!known) {
        co_return tl::unexpected(problem(known.error(), services.log, "looking up an account"));
    }
    if (known->delay) co_return tl::unexpected(wait_before_next_attempt(call, *known->delay));

    auto verify = [password, hash = known->hash]() -> base::Result<bool> {
        return accounts::verify_password(password, hash);
    };
    auto right = co_await services.hashing.run(std::move(verify));
    if (!right) {
        co_return tl::unexpected(problem(right.error(), services.log, "verifying a password"));
    }
    if (*right) co_return std::move(known->hash);
    Task<Response> refusing = refuse_credentials(call, key, status, std::string(detail));
    co_return tl::unexpected(co_await std::move(refusing));
}

}  // namespace portal
