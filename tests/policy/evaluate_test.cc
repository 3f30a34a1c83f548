#include "policy/evaluate.h"

#include "base/random.h"
#include "policy/built_in_rules.h"
#include "policy/explain.h"
#include "tests/catch.h"

#include <algorithm>
#include <string>
#include <vector>

// Properties that hold for any rules, lists and mail. The table of single cases is tests/rules.

namespace {

using policy::Action;
using policy::SenderList;

// A small world, so that things meet often.
const std::vector<std::string> addresses = {
    "a@one.test", "b@one.test", "a@sub.one.test", "a@two.test", "b@two.test"
};
const std::vector<std::string> patterns = {
    "a@one.test",
    "b@one.test",
    "one.test",
    "sub.one.test",
    "a@sub.one.test",
    "two.test",
    "a@two.test"
};

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(base::random_below(random_, count));
    }
    bool once_in(std::size_t count) { return below(count) == 0; }
    const std::string& one_of(const std::vector<std::string>& list) {
        return list[below(list.size())];
    }

    policy::AddressSet address_set() {
        policy::AddressSet set;
        for (std::size_t i = 0; i <= below(2); ++i) REQUIRE(set.add(one_of(patterns)));
        return set;
    }

    policy::Condition condition() {
        switch (below(6)) {
            case 0:
                return policy::Condition::sender(address_set());
            case 1:
                return policy::Condition::header_from(address_set());
            case 2:
                return policy::Condition::larger_than(500 * below(4));
            case 3:
                return policy::Condition::attachment_extension({"exe"});
            case 4:
                return policy::Condition::recipients_over(below(3));
            default:
                return policy::Condition::ambiguous({});
        }
    }

    policy::Rule rule(std::size_t number) {
        policy::Rule rule;
        rule.name = "rule " + std::to_string(number);
        for (std::size_t i = below(3); i > 0; --i)
            rule.conditions.push_back(once_in(4) ? condition().negated() : condition());
        rule.action = static_cast<Action>(below(4));
        rule.hold_for = static_cast<mail::HoldKind>(below(3));
        rule.on_unknown = static_cast<policy::OnUnknown>(below(3));
        rule.is_spam_check = once_in(3);
        rule.trusted_senders_may = once_in(4);
        return rule;
    }

    policy::Rules rules() {
        policy::Rules rules;
        for (std::size_t i = below(6); i > 0; --i) rules.push_back(rule(i));
        if (once_in(2))
            for (const policy::Rule& rule : policy::built_in_rules()) rules.push_back(rule);
        return rules;
    }

    policy::PersonalLists lists() {
        policy::PersonalLists lists;
        for (std::size_t i = below(5); i > 0; --i)
            lists.entries.push_back(
                {static_cast<SenderList>(below(4)), *policy::SenderPattern::parse(one_of(patterns))}
            );
        return lists;
    }

    policy::EnvelopeFacts envelope() {
        const mail::Sender sender =
            once_in(8) ? mail::Sender() : mail::Sender(*mail::Address::parse(one_of(addresses)));
        return {
            sender,
            *mail::Address::parse("me@example.test"),
            *mail::IpAddress::parse("192.0.2.1"),
            "internet",
            1 + below(3)
        };
    }

    policy::MessageFacts message() {
        std::string header;
        for (std::size_t i = once_in(6) ? below(3) : 1; i > 0; --i)
            header += "From: <" + one_of(addresses) + ">\r\n";
        mail::Header parsed = mail::Header::parse(header + "\r\n");
        mail::MimeFacts mime;
        if (once_in(2)) {
            mail::Attachment attachment;
            attachment.name = "a.exe";
            attachment.extension = "exe";
            mime.attachments.push_back(attachment);
        }
        if (once_in(3)) mime.ambiguities.push_back(mail::Ambiguity::names_differ);
        auto from = parsed.from();
        return {
            500 * below(4),
            std::move(parsed),
            std::move(from),
            once_in(5) ? policy::Fact<mail::MimeFacts>::unknown("scanner down")
                       : policy::Fact<mail::MimeFacts>(mime)
        };
    }

  private:
    base::SeededRandom random_;
};

bool is_final_reject(const policy::Verdict& verdict) {
    return verdict.action == Action::reject && !verdict.is_temporary;
}

bool same(const policy::Verdict& a, const policy::Verdict& b) {
    return policy::summary(a) == policy::summary(b) && a.rule == b.rule && a.reason == b.reason;
}

constexpr std::uint64_t worlds = 2000;

// How many recipients there are is only known after DATA.
bool counts_recipients(const policy::Rules& rules) {
    for (const policy::Rule& rule : rules)
        for (const policy::Condition& condition : rule.conditions)
            if (condition.text().ends_with(" recipients")) return true;
    return false;
}

struct Situation {
    World& world;
    policy::Rules rules;
    policy::PersonalLists lists;
    policy::EnvelopeFacts envelope;
    policy::MessageFacts message;
    policy::Verdict verdict() const { return policy::evaluate(rules, envelope, message, lists); }
};

// Runs `check` in many small worlds.
template <class Check>
void in_many_worlds(Check check) {
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        World world(seed);
        INFO("seed " << seed);
        check(Situation{world, world.rules(), world.lists(), world.envelope(), world.message()});
    }
}

}  // namespace

TEST_CASE("The worlds of these properties hold every kind of verdict") {
    std::vector<std::string> seen;
    bool seen_at_rcpt = false;
    in_many_worlds([&](Situation at) {
        seen.push_back(policy::summary(at.verdict()));
        seen_at_rcpt = seen_at_rcpt || policy::evaluate_recipient(at.rules, at.envelope, at.lists);
    });
    for (const std::string wanted :
         {"deliver",
          "hold for user",
          "hold for moderator",
          "hold for administrator",
          "reject",
          "discard",
          "reject (personal block)",
          "try again later"})
        CHECK(std::count(seen.begin(), seen.end(), wanted) > 20);
    CHECK(seen_at_rcpt);
}

TEST_CASE("A verdict always names its rule and reason, and what it did before") {
    in_many_worlds([](Situation at) {
        const policy::Verdict verdict = at.verdict();
        CHECK_FALSE(verdict.rule.empty());
        CHECK(verdict.reason.ends_with('.'));
        CHECK((!verdict.trace.empty() || at.rules.empty()));
        if (verdict.is_temporary) CHECK(verdict.reply.is_temporary());
        if (is_final_reject(verdict)) CHECK(verdict.reply.is_permanent());
        CHECK(same(verdict, at.verdict()));
    });
}

TEST_CASE("What RCPT says, the whole order says too") {
    in_many_worlds([](Situation at) {
        const auto at_rcpt = policy::evaluate_recipient(at.rules, at.envelope, at.lists);
        if (!at_rcpt) return;
        const policy::Verdict verdict = at.verdict();
        if (counts_recipients(at.rules))
            CHECK((verdict.action == Action::reject || verdict.action == Action::discard));
        else
            CHECK(same(*at_rcpt, verdict));
    });
}

TEST_CASE("A permit lifts no reject, discard or hold of a rule that is no spam check") {
    in_many_worlds([](Situation at) {
        policy::Rules firm;
        for (const policy::Rule& rule : at.rules)
            if (!rule.is_spam_check) firm.push_back(rule);
        at.rules = firm;
        const policy::Verdict before = at.verdict();
        at.lists.entries.push_back(
            {SenderList::permitted, *policy::SenderPattern::parse(at.world.one_of(patterns))}
        );
        const policy::Verdict after = at.verdict();
        if (!before.is_personal_block && before.action != Action::deliver)
            CHECK(same(before, after));
    });
}

TEST_CASE("A permit never turns a reject by an administrator's rule into a delivery") {
    in_many_worlds([](Situation at) {
        const policy::Verdict before = at.verdict();
        if (!is_final_reject(before) || before.is_personal_block) return;
        for (const policy::Rule& rule : at.rules)
            if (rule.name == before.rule && rule.is_spam_check) return;
        at.lists.entries.push_back(
            {SenderList::permitted, *policy::SenderPattern::parse(at.world.one_of(patterns))}
        );
        CHECK(is_final_reject(at.verdict()));
    });
}

TEST_CASE("A block never makes a verdict milder") {
    in_many_worlds([](Situation at) {
        const policy::Verdict before = at.verdict();
        at.lists.entries.push_back(
            {SenderList::blocked, *policy::SenderPattern::parse(at.world.one_of(patterns))}
        );
        const policy::Verdict after = at.verdict();
        if (is_final_reject(before)) CHECK(is_final_reject(after));
        if (before.action == Action::discard && !before.is_temporary)
            CHECK(after.action != Action::deliver);
        if (after.action == Action::deliver) CHECK(before.action == Action::deliver);
    });
}

TEST_CASE("An administrator's deliver rule makes no verdict milder but a personal block") {
    in_many_worlds([](Situation at) {
        const policy::Verdict before = at.verdict();
        policy::Rule deliver;
        deliver.name = "for all";
        at.rules.insert(at.rules.begin(), deliver);
        const policy::Verdict after = at.verdict();
        CHECK_FALSE(after.is_personal_block);
        if (!before.is_personal_block && before.action != Action::deliver && !before.is_temporary)
            CHECK(same(before, after));
    });
}

TEST_CASE("Another rule can only make a verdict stricter, or unknown") {
    const auto rank = [](const policy::Verdict& verdict) {
        if (verdict.is_temporary) return 7;
        switch (verdict.action) {
            case Action::deliver:
                return 0;
            case Action::hold:
                return 1 + static_cast<int>(verdict.hold_for);
            case Action::discard:
                return 8;
            case Action::reject:
                return 9;
        }
        return 9;
    };
    in_many_worlds([&](Situation at) {
        const policy::Verdict before = at.verdict();
        policy::Rule added = at.world.rule(99);
        // A deliver rule lifts a block, and an early discard ends the search: both as
        // specified.
        if (added.action == Action::deliver || added.action == Action::discard) return;
        at.rules.push_back(added);
        const policy::Verdict after = at.verdict();
        if (before.action == Action::discard && !before.is_temporary)
            CHECK((after.action == Action::discard || after.action == Action::reject));
        else
            CHECK(rank(after) >= rank(before));
    });
}

TEST_CASE("A From field with thousands of addresses is judged in full and told in part") {
    std::string header = "From: ";
    for (int i = 0; i < 5000; ++i) header += "a" + std::to_string(i) + "@many.test,\r\n ";
    header += "bad@one.test\r\n\r\n";
    mail::Header parsed = mail::Header::parse(header);
    auto from = parsed.from();
    REQUIRE(from.size() > 4000);
    const policy::MessageFacts message{1000, std::move(parsed), from, mail::MimeFacts()};
    World world(1);
    policy::PersonalLists lists;
    lists.entries.push_back({SenderList::permitted, *policy::SenderPattern::parse("many.test")});
    lists.entries.push_back({SenderList::blocked, *policy::SenderPattern::parse("bad@one.test")});
    const policy::Verdict verdict = policy::evaluate({}, world.envelope(), message, lists);
    CHECK(verdict.is_personal_block);
    CHECK(verdict.rule == "blocked bad@one.test");
    CHECK(verdict.trace.size() < 50);
}
