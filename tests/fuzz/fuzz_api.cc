// Room: portal
// Covers: portal/portal.cc portal/routes.cc portal/query.cc portal/json_body.cc
// Covers: portal/hold_calls.cc portal/act_calls.cc portal/acts.cc portal/message_calls.cc
// Covers: portal/sender_calls.cc
#include "base/ensure.h"
#include "tests/portal/house.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using house::Browser;
using house::House;

constexpr std::string_view secret = "zq7xsecret";

// Ada is signed in; Ben has a mail that she must neither see nor move.
struct Visit {
    House house;
    Browser browser{house};
    std::string own;
    std::string foreign;

    Visit() {
        house.add_person("ada@example.test", accounts::Role::moderator);
        house.add_person("ben@example.test");
        base::ensure(browser.sign_in("ada@example.test").status == 200, "Ada signs in");
        own = house.hold();
        house.hold({.subject = "another"});
        foreign = house.hold(
            {.owner = "ben@example.test",
             .bytes = "From: a@b.example\r\nSubject: zq7xsecret\r\n\r\nzq7xsecret\r\n",
             .subject = std::string(secret)}
        );
    }
};

void replace(std::string& text, std::string_view name, std::string_view by) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + by.size()))
        text.replace(at, name.size(), by);
}

bool is_known(int status) {
    constexpr std::array known{
        200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 413, 414, 415, 421, 422, 429, 431
    };
    return std::find(known.begin(), known.end(), status) != known.end();
}

}  // namespace

// A call of the API: "POST /holds/act", a line end, the body. {own} and {foreign} stand for the ids
// of a hold of the caller's and of somebody else's. No call is answered with a fault of ours, shows
// what belongs to another, or changes it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What OpenSSL keeps for a thread goes with the thread, unless OpenSSL has cleaned up before.
    static const bool ready = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;
    base::ensure(ready, "OpenSSL");
    static std::unique_ptr<Visit> visit;
    static int visits = 0;
    // What is decided stays decided: from time to time there is new mail.
    if (visits++ % 2000 == 0) visit = std::make_unique<Visit>();
    std::string input(reinterpret_cast<const char*>(data), size);
    replace(input, "{own}", visit->own);
    replace(input, "{foreign}", visit->foreign);
    const std::size_t line = input.find('\n');
    const std::string_view first = std::string_view(input).substr(0, line);
    const std::string_view body =
        line == input.npos ? std::string_view() : std::string_view(input).substr(line + 1);
    const std::size_t blank = first.find(' ');
    if (blank == first.npos) return 0;
    const std::string method(first.substr(0, blank));
    const std::string target = "/api/v1" + std::string(first.substr(blank + 1));
    // Signing in costs a slow hash, out would end the visit; both have tests of their own.
    if (target.find("/session") != target.npos && method != "GET") return 0;
    for (const std::string& text : {method, target})
        if (text.find_first_of(std::string_view(" \r\n\0", 4)) != text.npos) return 0;

    const auto answer = visit->browser.request(method, target, body);
    base::ensure(is_known(answer.status), fmt::format("status {}", answer.status));
    base::ensure(answer.whole.find(secret) == answer.whole.npos, "nobody sees another's mail");
    if (visits % 50 == 0)
        base::ensure(
            visit->house.state_of(visit->foreign) == quarantine::HoldState::held,
            "nobody moves another's mail"
        );
    return 0;
}
