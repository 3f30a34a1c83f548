#include "portal/idempotency.h"

#include "base/sha256.h"
#include "portal/problem.h"
#include "quarantine/answers.h"

#include <algorithm>
#include <utility>

namespace portal {

using base::Task;

namespace {

constexpr std::size_t key_bytes_max = 200;
// Longer answers are those to long lists of senders, which may be sent again without harm.
constexpr std::size_t body_bytes_max = 64UL * 1024;

bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= key_bytes_max &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string hash_of(std::string_view text) {
    return std::string(base::as_bytes(base::sha256(text)));
}

// In the set for as long as it lives.
struct Answering {
    Answering(std::set<std::string>& all_, std::string key_)
        : all(all_), key(std::move(key_)), is_first(all.insert(key).second) {}
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;
    ~Answering() {
        if (is_first) all.erase(key);
    }
    std::set<std::string>& all;
    std::string key;
    bool is_first;
};

}  // namespace

Task<Response> answer_once(Call& call, Handler handler) {
    const std::string* key = call.request.field("idempotency-key");
    if (!key) {
        Task<Response> answering = handler(call);
        co_return co_await std::move(answering);
    }
    if (!is_key(*key)) {
        co_return problem(400, "Idempotency-Key is 1 to 200 visible ASCII characters.");
    }
    Services& services = call.services;
    const std::string& who = call.person.address;
    const std::string key_hash = hash_of(*key);
    const std::string request_hash =
        hash_of(call.request.target + '\n' + hash_of(call.request.body));
    const Answering place(services.answering, who + '\n' + key_hash);
    if (!place.is_first) {
        co_return problem(409, "The first request with this Idempotency-Key is still at work.");
    }
    auto find = [&, now = services.clock.now()](database::Snapshot& snapshot) {
        return quarantine::find_answer(snapshot, who, key_hash, request_hash, now);
    };
    auto known = co_await services.store.read(std::move(find));
    if (!known) co_return problem(known.error(), services.log, "looking for an answer");
    if (*known && !(*known)->is_same_request) {
        co_return problem(422, "This Idempotency-Key was used for another request.");
    }
    if (*known) {
        Response again;
        again.status = (*known)->status;
        again.body = std::move((*known)->body);
        if (!again.body.empty()) again.set("Content-Type", "application/json");
        again.set("Idempotency-Replayed", "true");
        co_return again;
    }
    Task<Response> handled = handler(call);
    Response response = co_await std::move(handled);
    const bool was_done = response.status >= 200 && response.status < 300;
    if (!was_done || response.body.size() > body_bytes_max) co_return response;
    auto keep = [&, now = services.clock.now()](database::Transaction& transaction) {
        return quarantine::store_answer(
            transaction, who, key_hash, request_hash, response.status, response.body, now
        );
    };
    const auto kept = co_await services.store.write(std::move(keep));
    // What was asked for is done, and has to be said.
    if (!kept) services.log.warning("answer_not_kept", {{"why", kept.error().text}});
    co_return response;
}

}  // namespace portal
