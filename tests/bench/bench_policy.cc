// Room: policy
// What one decision costs: evaluate() for one recipient of a mail whose envelope sender and header
// From differ, with rules of several sizes and with lists of a person. Prints processor
// microseconds a decision; the last column is what happened, so that nobody measures a decision
// that was cut short.

#include "base/ensure.h"
#include "policy/built_in_rules.h"
#include "policy/evaluate.h"
#include "policy/explain.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

mail::Address address(std::string_view text) {
    auto parsed = mail::Address::parse(text);
    base::ensure(parsed.has_value(), text);
    return *parsed;
}

policy::Rule hold(std::string name, policy::Condition condition) {
    policy::Rule rule;
    rule.name = std::move(name);
    rule.conditions.push_back(std::move(condition));
    rule.action = policy::Action::hold;
    return rule;
}

policy::AddressSet domains(int count) {
    policy::AddressSet set;
    for (int i = 0; i < count; ++i)
        base::ensure(set.add(fmt::format("d{}.example", i)).has_value(), "a domain");
    return set;
}

policy::TextPatterns pattern(std::string_view text) {
    policy::TextPatterns patterns;
    base::ensure(patterns.add(text).has_value(), "a pattern");
    return patterns;
}

// Rules of every kind, as an installation that has grown may have them; none of them matches.
policy::Rules mixed(int count) {
    policy::Rules rules;
    for (int i = 0; i < count; ++i) {
        const std::string name = fmt::format("rule {}", i);
        switch (i % 5) {
            case 0:
                rules.push_back(hold(name, policy::Condition::sender(domains(20))));
                break;
            case 1:
                rules.push_back(hold(name, policy::Condition::header_from(domains(20))));
                break;
            case 2:
                rules.push_back(hold(
                    name,
                    policy::Condition::subject(pattern(fmt::format("(invoice|bill) no {}", i)))
                ));
                break;
            case 3:
                rules.push_back(hold(name, policy::Condition::attachment_extension({"exe", "js"})));
                break;
            default:
                rules.push_back(
                    hold(name, policy::Condition::header("X-Spam-Flag", pattern("^yes")))
                );
        }
    }
    return rules;
}

policy::MessageFacts message() {
    mail::Header header = mail::Header::parse(
        "From: Some One <someone@news.letters.example>\r\nTo: <me@example.test>\r\n"
        "Subject: Minutes of the meeting\r\nX-Spam-Flag: no\r\nMessage-ID: <1@letters.example>\r\n"
        "\r\n"
    );
    auto from = header.from();
    mail::MimeFacts mime;
    mime.attachments.push_back({0, "minutes.pdf", "pdf", "application/pdf", "", 100'000, false});
    return {120'000, std::move(header), std::move(from), std::move(mime)};
}

// Of this thread, so that a busy machine does not count.
double processor_microseconds() {
    timespec now{};
    base::ensure(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "a clock");
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void measure(
    std::string_view name, const policy::Rules& rules, const policy::PersonalLists& lists
) {
    const policy::EnvelopeFacts envelope{
        mail::Sender(address("bounce+77@mail.letters.example")),
        address("me@example.test"),
        *mail::IpAddress::parse("192.0.2.1"),
        "internet",
        3
    };
    const policy::MessageFacts facts = message();
    constexpr int rounds = 9;
    constexpr int decisions = 2000;
    std::vector<double> took;
    std::string summary;
    for (int round = 0; round < rounds; ++round) {
        const double start = processor_microseconds();
        std::size_t steps = 0;
        for (int i = 0; i < decisions; ++i)
            steps += policy::evaluate(rules, envelope, facts, lists).trace.size();
        took.push_back((processor_microseconds() - start) / decisions);
        summary = fmt::format(
            "{}, {} steps",
            policy::summary(policy::evaluate(rules, envelope, facts, lists)),
            steps / decisions
        );
    }
    std::sort(took.begin(), took.end());
    fmt::print("{:<52} {:>9.2f} us  {}\n", name, took[rounds / 2], summary);
}

policy::PersonalLists list_of(std::size_t count) {
    policy::PersonalLists lists;
    for (std::size_t i = 0; i < count; ++i)
        lists.entries.push_back(
            {policy::SenderList::blocked,
             *policy::SenderPattern::parse(fmt::format("d{}.example", i))}
        );
    return lists;
}

}  // namespace

int main() {
    fmt::print("evaluate(), processor time, median of 9 rounds of 2000 decisions\n");
    measure("no rule", {}, {});
    measure("built-in rules", policy::built_in_rules(), {});
    for (const int count : {1, 1000, 100'000}) {
        policy::Rules rules;
        rules.push_back(hold("sender", policy::Condition::sender(domains(count))));
        measure(fmt::format("1 rule, {} domains as sender", count), rules, {});
    }
    {
        policy::Rules rules;
        rules.push_back(hold("from", policy::Condition::header_from(domains(100'000))));
        measure("1 rule, 100000 domains as header From", rules, {});
    }
    measure("50 mixed rules", mixed(50), {});
    policy::Rules everything = mixed(50);
    everything.push_back(hold("sender", policy::Condition::sender(domains(100'000))));
    measure("50 mixed rules and 100000 domains", everything, {});
    measure("50 mixed rules, 8 entries found for the sender", mixed(50), list_of(8));
    return 0;
}
