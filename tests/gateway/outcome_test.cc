#include "gateway/outcome.h"

#include "tests/catch.h"

using namespace std::chrono_literals;
using gateway::Outcome;

namespace {

quarantine::Outgoing outgoing(int attempts, base::Time first_due) {
    quarantine::Outgoing result;
    result.mail_id = "m";
    result.envelope.recipients.push_back({*mail::Address::parse("user@example.test"), "", ""});
    result.attempts = attempts;
    result.first_due = first_due;
    return result;
}

const mail::Reply yes(250, mail::EnhancedCode{2, 0, 0}, "OK");
const mail::Reply later(451, mail::EnhancedCode{4, 4, 1}, "Later");
const mail::Reply no(550, mail::EnhancedCode{5, 1, 1}, "No such person");

}  // namespace

TEST_CASE("A positive answer is a delivery, a refusal for good a failure, anything else another try"
) {
    const base::Time now{};
    const conf::Courier settings;
    CHECK(
        gateway::outcome_of(outgoing(0, now), yes, settings, now, 0.5).kind ==
        Outcome::Kind::delivered
    );
    CHECK(
        gateway::outcome_of(outgoing(0, now), no, settings, now, 0.5).kind == Outcome::Kind::failed
    );
    const auto retry = gateway::outcome_of(outgoing(0, now), later, settings, now, 0.5);
    CHECK(retry.kind == Outcome::Kind::retry);
    CHECK(retry.why == "451 4.4.1 Later");
}

TEST_CASE("The delay grows to its maximum, with jitter of a fifth either way") {
    const base::Time now{};
    conf::Courier settings;
    settings.first_retry = 60s;
    settings.max_retry = 1000s;
    const auto delay = [&](int attempts, double jitter) {
        return gateway::outcome_of(outgoing(attempts, now), later, settings, now, jitter).delay;
    };
    CHECK(delay(0, 0.5) == 60s);
    CHECK(delay(1, 0.5) == 120s);
    CHECK(delay(4, 0.5) == 960s);
    CHECK(delay(5, 0.5) == 1000s);
    CHECK(delay(500, 0.5) == 1000s);
    CHECK(delay(0, 0.0) == 48s);
    CHECK(delay(0, 0.999) > 71s);
    CHECK(delay(0, 0.999) < 72s);
}

TEST_CASE("After five days the courier gives up on what is still refused for now") {
    const base::Time start{};
    const conf::Courier settings;
    const auto kind = [&](base::Time now) {
        return gateway::outcome_of(outgoing(30, start), later, settings, now, 0.5).kind;
    };
    CHECK(kind(start + 119h) == Outcome::Kind::retry);
    CHECK(kind(start + 120h) == Outcome::Kind::failed);
}

TEST_CASE("A clock that jumped forward makes the courier give up on nothing it has hardly tried") {
    const base::Time start{};
    const conf::Courier settings;
    const auto kind = [&](int attempts) {
        const auto now = start + 365 * 24h;
        return gateway::outcome_of(outgoing(attempts, start), later, settings, now, 0.5).kind;
    };
    CHECK(kind(0) == Outcome::Kind::retry);
    CHECK(kind(8) == Outcome::Kind::retry);
    // Eight tries take 4 h 15 min until the delay is 4 h; 14 more are two days and 8 hours.
    CHECK(kind(21) == Outcome::Kind::retry);
    CHECK(kind(22) == Outcome::Kind::failed);
}
