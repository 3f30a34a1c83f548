#include "gateway/plan.h"

#include "tests/catch.h"

using gateway::Copy;
using gateway::Plan;
using policy::Action;

namespace {

Copy copy(Action action, std::string host = "192.0.2.1", std::string field = "") {
    const auto address = mail::Address::parse("user@example.test");
    policy::Verdict verdict;
    verdict.action = action;
    if (!field.empty()) verdict.add_fields.push_back({"X-Field", field});
    if (action == Action::reject)
        verdict.reply = mail::Reply(550, mail::EnhancedCode{5, 7, 1}, "No");
    return {mail::Recipient{*address, "", ""}, conf::Endpoint{std::move(host), 25}, verdict};
}

Copy temporary_copy() {
    auto result = copy(Action::reject);
    result.verdict.is_temporary = true;
    result.verdict.reply = mail::Reply(451, mail::EnhancedCode{4, 3, 0}, "Later");
    return result;
}

}  // namespace

TEST_CASE("A message that every recipient's verdict delivers is relayed as one") {
    CHECK(gateway::plan({copy(Action::deliver)}).kind == Plan::Kind::relay);
    CHECK(gateway::plan({copy(Action::deliver), copy(Action::deliver)}).kind == Plan::Kind::relay);
}

TEST_CASE("Copies that leave differently are stored, because there is one reply for both") {
    CHECK(
        gateway::plan({copy(Action::deliver), copy(Action::deliver, "192.0.2.2")}).kind ==
        Plan::Kind::store
    );
    CHECK(
        gateway::plan({copy(Action::deliver), copy(Action::deliver, "192.0.2.1", "a")}).kind ==
        Plan::Kind::store
    );
}

TEST_CASE("A hold, or a mix of verdicts, is stored") {
    for (const auto other : {Action::deliver, Action::reject, Action::discard, Action::hold})
        CHECK(gateway::plan({copy(Action::hold), copy(other)}).kind == Plan::Kind::store);
    CHECK(gateway::plan({copy(Action::deliver), copy(Action::reject)}).kind == Plan::Kind::store);
    CHECK(gateway::plan({copy(Action::discard), copy(Action::deliver)}).kind == Plan::Kind::store);
}

TEST_CASE("Only when every copy is rejected does the sender hear so") {
    const auto all = gateway::plan({copy(Action::reject), copy(Action::reject)});
    CHECK(all.kind == Plan::Kind::refuse);
    CHECK(all.reply.code() == 550);
    CHECK(gateway::plan({copy(Action::reject), copy(Action::discard)}).kind == Plan::Kind::drop);
    CHECK(gateway::plan({copy(Action::discard)}).kind == Plan::Kind::drop);
}

TEST_CASE("One unknown fact makes the whole message temporary, whatever the others say") {
    for (const auto other : {Action::deliver, Action::reject, Action::discard, Action::hold}) {
        const auto plan = gateway::plan({copy(other), temporary_copy()});
        CHECK(plan.kind == Plan::Kind::refuse);
        CHECK(plan.reply.code() == 451);
    }
}

TEST_CASE("Copies for one server leave as one only when both ask for the same TLS") {
    auto encrypted = copy(Action::deliver);
    encrypted.backend_tls = conf::TlsMode::required;
    CHECK(gateway::plan({encrypted, encrypted}).kind == Plan::Kind::relay);
    CHECK(gateway::plan({copy(Action::deliver), encrypted}).kind == Plan::Kind::store);
}
