#include "base/ascii.h"
#include "conf/reader.h"
#include "policy/explain.h"
#include "tests/catch.h"
#include "tests/conf/rule_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>

namespace rule_case {

namespace {

std::string trimmed(std::string_view text) {
    return std::string(base::trim(text));
}

[[noreturn]] void malformed(const std::string& file, unsigned line, const std::string& why) {
    throw std::runtime_error(fmt::format("{}:{}: {}", file, line, why));
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

mail::Address address(const std::string& text) {
    auto parsed = mail::Address::parse(text);
    if (!parsed) throw std::runtime_error(parsed.error().text);
    return *parsed;
}

// The mail of a case, from its lines.
struct Mail {
    policy::EnvelopeFacts envelope{
        mail::Sender(address("someone@elsewhere.test")),
        address("me@example.test"),
        *mail::IpAddress::parse("192.0.2.1"),
        "internet",
        1
    };
    std::string header;
    mail::MimeFacts mime;
    std::optional<std::string> unreadable;
    std::uint64_t size = 1000;
    bool has_from = false;
    policy::PersonalLists lists;

    void list(policy::SenderList kind, const std::string& entries) {
        for (const std::string& entry : words_of(entries)) {
            auto pattern = policy::SenderPattern::parse(entry);
            if (!pattern) throw std::runtime_error(pattern.error().text);
            lists.entries.push_back({kind, *pattern});
        }
    }

    void attach(const std::string& text) {
        const std::size_t bar = text.find('|');
        mail::Attachment attachment;
        attachment.index = static_cast<int>(mime.attachments.size());
        attachment.name = trimmed(text.substr(0, bar));
        attachment.declared_type =
            bar == std::string::npos ? "application/octet-stream" : trimmed(text.substr(bar + 1));
        const std::size_t dot = attachment.name.rfind('.');
        if (dot != std::string::npos)
            attachment.extension = base::lower(attachment.name.substr(dot + 1));
        mime.attachments.push_back(attachment);
    }

    void set(const std::string& key, const std::string& value) {
        if (key == "block") return list(policy::SenderList::blocked, value);
        if (key == "permit") return list(policy::SenderList::permitted, value);
        if (key == "auto permit") return list(policy::SenderList::auto_permitted, value);
        if (key == "trust") return list(policy::SenderList::trusted, value);
        if (key == "from") {
            envelope.sender = value == "<>" ? mail::Sender() : mail::Sender(address(value));
        } else if (key == "to") {
            envelope.recipient = address(value);
        } else if (key == "client") {
            envelope.client = *mail::IpAddress::parse(value);
        } else if (key == "listener") {
            envelope.listener = value;
        } else if (key == "recipients") {
            envelope.recipient_count = std::stoull(value);
        } else if (key == "size") {
            size = std::stoull(value);
        } else if (key == "header") {
            has_from = has_from || base::starts_with_ignoring_case(value, "from:");
            header += value + "\r\n";
        } else if (key == "without") {
            if (value != "From") throw std::runtime_error("only From can be left out");
            has_from = true;
        } else if (key == "attachment") {
            attach(value);
        } else if (key == "ambiguous") {
            for (const std::string& name : words_of(value))
                mime.ambiguities.push_back(policy::ambiguity_named(name).value());
        } else if (key == "unreadable") {
            unreadable = value;
        } else {
            throw std::runtime_error("unknown key \"" + key + "\"");
        }
    }

    policy::MessageFacts message() const {
        const std::string from =
            envelope.sender.is_null() ? "mailer-daemon@elsewhere.test" : envelope.sender.text();
        const std::string bytes = (has_from ? "" : "From: <" + from + ">\r\n") + header + "\r\n";
        mail::Header parsed = mail::Header::parse(bytes);
        std::vector<mail::HeaderMailbox> mailboxes = parsed.from();
        return {
            size,
            std::move(parsed),
            std::move(mailboxes),
            unreadable ? policy::Fact<mail::MimeFacts>::unknown(*unreadable)
                       : policy::Fact<mail::MimeFacts>(mime)
        };
    }
};

// "stage | rule | outcome" or "… | part of the detail".
bool fits(const policy::TraceStep& step, const std::string& wanted) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= wanted.size();) {
        const std::size_t end = std::min(wanted.find(" | ", at), wanted.size());
        parts.push_back(trimmed(wanted.substr(at, end - at)));
        at = end + 3;
    }
    return parts.size() >= 3 && step.stage == parts[0] &&
           (step.rule.empty() ? "-" : step.rule) == parts[1] &&
           policy::name_of(step.outcome) == parts[2] &&
           (parts.size() < 4 || step.detail.find(parts[3]) != std::string::npos);
}

std::string joined(const std::vector<mail::Address>& addresses) {
    std::string text;
    for (const mail::Address& one : addresses) text += (text.empty() ? "" : " ") + one.text();
    return text;
}

std::string actual(const policy::Verdict& verdict, const std::string& key) {
    if (key == "verdict") return policy::summary(verdict);
    if (key == "rule") return verdict.rule;
    if (key == "reason") return verdict.reason;
    if (key == "reply") return verdict.reply.one_line();
    if (key == "moderators") return joined(verdict.moderators);
    if (key == "adds") {
        std::string text;
        for (const policy::AddedField& field : verdict.add_fields)
            text += (text.empty() ? "" : ", ") + field.name + ": " + field.value;
        return text;
    }
    throw std::runtime_error("unknown expectation \"" + key + "\"");
}

}  // namespace

std::vector<Case> read_cases(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) malformed(file.string(), 0, "cannot be opened");
    const std::string name = file.filename().string();
    std::vector<Case> cases;
    std::string shared_rules;
    std::string* rules = nullptr;
    std::string text;
    for (unsigned line = 1; std::getline(stream, text); ++line) {
        const std::string content = trimmed(text);
        // Within "rules:" everything that is indented deeper than the keys is TOML.
        if (rules != nullptr && (content.empty() || text.starts_with("      "))) {
            *rules += text + "\n";
            continue;
        }
        rules = nullptr;
        if (content.empty() || content.starts_with('#')) continue;
        const bool is_expected = content.starts_with("=> ");
        const std::string pair = is_expected ? content.substr(3) : content;
        const std::size_t colon = pair.find(':');
        if (colon == std::string::npos) malformed(name, line, "no colon in \"" + content + "\"");
        const std::string key = pair.substr(0, colon);
        const std::string value = trimmed(pair.substr(colon + 1));
        if (key == "case") {
            cases.push_back({name, line, value, shared_rules, {}, {}});
        } else if (key == "rules") {
            rules = cases.empty() ? &shared_rules : &cases.back().rules;
        } else if (cases.empty()) {
            malformed(name, line, "before the first case there is only \"rules:\"");
        } else if (is_expected) {
            cases.back().expected.push_back({line, key, value});
        } else {
            cases.back().given.emplace_back(key, value);
        }
    }
    return cases;
}

std::vector<std::string> failures_of(const Case& test) {
    const std::string settings = R"(
        hostname = "mx.example.test"
        data_dir = "var"
        [[smtp.listener]]
        address = "127.0.0.1:2525"
        name = "internet"
        [[smtp.listener]]
        address = "127.0.0.1:2526"
        name = "inside"
        [[domain]]
        name = "example.test"
        backend = "127.0.0.1:2600"
    )";
    const conf::Reading reading = conf::read_text(settings + "\n" + test.rules, test.file);
    std::vector<std::string> failures;
    for (const conf::Problem& problem : reading.problems) failures.push_back(problem.to_text());
    if (!reading.ok()) return failures;

    Mail mail;
    for (const auto& [key, value] : test.given) mail.set(key, value);
    const policy::Rules& rules = reading.settings.rules;
    const auto at_rcpt = policy::evaluate_recipient(rules, mail.envelope, mail.lists);
    const policy::Verdict verdict =
        policy::evaluate(rules, mail.envelope, mail.message(), mail.lists);

    const auto fail = [&](unsigned line, const std::string& text) {
        failures.push_back(fmt::format("{}:{}: {}", test.file, line, text));
    };
    std::string rcpt_expected = "go on";
    bool has_verdict = false;
    auto step = verdict.trace.begin();
    for (const Expectation& expected : test.expected) {
        if (expected.key == "rcpt") {
            rcpt_expected = expected.value;
        } else if (expected.key == "trace") {
            // In the order of the file, others may stand between.
            step = std::find_if(step, verdict.trace.end(), [&](const policy::TraceStep& candidate) {
                return fits(candidate, expected.value);
            });
            if (step == verdict.trace.end()) {
                fail(expected.line, "not in the trace: " + expected.value);
                break;
            }
            ++step;
        } else {
            has_verdict = has_verdict || expected.key == "verdict";
            const std::string found = actual(verdict, expected.key);
            if (found != expected.value)
                fail(expected.line, fmt::format("{} is \"{}\"", expected.key, found));
        }
    }
    if (!has_verdict) fail(test.line, "the case expects no verdict");
    const std::string rcpt = at_rcpt ? policy::summary(*at_rcpt) : "go on";
    if (rcpt != rcpt_expected) fail(test.line, "at RCPT: " + rcpt);
    // What was said at RCPT is what the whole order says.
    if (at_rcpt && (at_rcpt->rule != verdict.rule || rcpt != policy::summary(verdict)))
        fail(test.line, "RCPT and DATA disagree");
    if (!failures.empty()) failures.push_back(policy::explain(verdict));
    return failures;
}

}  // namespace rule_case

TEST_CASE("Every case of tests/rules gives the verdict it names") {
    const std::filesystem::path folder = std::filesystem::path(POSTERN_TESTS_DIR) / "rules";
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".case") files.insert(entry.path());
    REQUIRE(!files.empty());
    for (const std::filesystem::path& file : files) {
        const std::vector<rule_case::Case> cases = rule_case::read_cases(file);
        CHECK(!cases.empty());
        for (const rule_case::Case& test : cases) {
            std::string failures;
            for (const std::string& failure : rule_case::failures_of(test))
                failures += failure + "\n";
            INFO(test.file << ":" << test.line << ": " << test.name << "\n" << failures);
            CHECK(failures.empty());
        }
    }
}

TEST_CASE("A case that expects something else fails") {
    rule_case::Case test{
        "here", 1, "", "", {{"block", "domain.com"}, {"from", "a@domain.com"}}, {}
    };
    test.expected = {{2, "rcpt", "reject (personal block)"}, {3, "verdict", "deliver"}};
    REQUIRE(rule_case::failures_of(test).size() == 2);
    CHECK(rule_case::failures_of(test).front() == "here:3: verdict is \"reject (personal block)\"");
    test.expected = {{2, "verdict", "reject (personal block)"}};
    CHECK(rule_case::failures_of(test).front() == "here:1: at RCPT: reject (personal block)");
    test.expected = {
        {1, "rcpt", "reject (personal block)"},
        {2, "verdict", "reject (personal block)"},
        {3, "trace", "rules | x | matched"}
    };
    CHECK(rule_case::failures_of(test).front() == "here:3: not in the trace: rules | x | matched");
}
