#include "policy/explain.h"

#include "tests/catch.h"

TEST_CASE("An explanation shows verdict, rule, reason and every step, aligned") {
    policy::Verdict verdict;
    verdict.action = policy::Action::hold;
    verdict.hold_for = mail::HoldKind::moderator;
    verdict.moderators = {*mail::Address::parse("chief@example.test")};
    verdict.rule = "r\xc3\xa4tsel";
    verdict.reason = "Because.";
    verdict.add_fields = {{"X-Seen", "yes"}};
    verdict.trace = {
        {"administrator reject", "no", policy::TraceStep::Outcome::not_matched, "it is not"},
        {"managed senders", "", policy::TraceStep::Outcome::not_matched, ""},
        {"rules", "r\xc3\xa4tsel", policy::TraceStep::Outcome::matched, "it is"}
    };
    CHECK(policy::explain(verdict) == R"(verdict     hold for moderator
rule        rätsel
reason      Because.
moderators  chief@example.test
adds        X-Seen: yes

considered, in this order:
  1  administrator reject  not matched  no      it is not
  2  managed senders       not matched  -
  3  rules                 matched      rätsel  it is
)");
}

TEST_CASE("A refusal is explained with its reply") {
    policy::Verdict verdict;
    verdict.action = policy::Action::reject;
    verdict.is_personal_block = true;
    verdict.reply = mail::Reply(550, mail::EnhancedCode{5, 7, 1}, "No");
    CHECK(policy::explain(verdict).find("reply       550 5.7.1 No\n") != std::string::npos);
    CHECK(policy::summary(verdict) == "reject (personal block)");
    verdict.is_temporary = true;
    CHECK(policy::summary(verdict) == "try again later");
}
