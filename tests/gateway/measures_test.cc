#include "gateway/measures.h"

#include "gateway/smtp_session.h"
#include "tests/catch.h"

#include <sstream>

namespace {

// The samples of one family, without help and type.
std::string samples(const metrics::Registry& registry, std::string_view family) {
    metrics::Text text;
    registry.write(text);
    std::istringstream lines(text.to_string());
    std::string found;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(family) && !line.ends_with(" 0")) found += line + "\n";
    return found;
}

policy::Rules two_rules() {
    policy::Rules rules(2);
    rules[0].name = "no \"executables\"";
    rules[0].action = policy::Action::hold;
    rules[1].name = "news";
    rules[1].action = policy::Action::discard;
    return rules;
}

}  // namespace

TEST_CASE("Verdicts are counted by the rule of the configuration that gave them") {
    metrics::Registry registry;
    const gateway::VerdictMeasures measures(registry, two_rules());
    policy::Verdict verdict;
    verdict.rule_index = 0;
    verdict.action = policy::Action::hold;
    measures.count(verdict);
    verdict.is_temporary = true;
    measures.count(verdict);
    measures.count(policy::Verdict());
    CHECK(
        samples(registry, "postern_verdicts_total") ==
        "postern_verdicts_total{rule=\"no \\\"executables\\\"\",verdict=\"hold\"} 1\n"
        "postern_verdicts_total{rule=\"no \\\"executables\\\"\",verdict=\"temporary\"} 1\n"
        "postern_verdicts_total{rule=\"nothing matched\",verdict=\"deliver\"} 1\n"
    );
}

TEST_CASE("What a person's list decided names neither the person nor the sender") {
    metrics::Registry registry;
    const gateway::VerdictMeasures measures(registry, two_rules());
    policy::Verdict blocked;
    blocked.action = policy::Action::reject;
    blocked.is_personal_block = true;
    blocked.rule = "blocked bad@domain.com";
    measures.count(blocked);
    policy::Verdict permitted;
    permitted.rule = "permitted good@domain.com";
    measures.count(permitted);
    CHECK(
        samples(registry, "postern_verdicts_total") ==
        "postern_verdicts_total{rule=\"blocked by the recipient\",verdict=\"reject\"} 1\n"
        "postern_verdicts_total{rule=\"nothing matched\",verdict=\"deliver\"} 1\n"
    );
}

TEST_CASE("A second reading of the same rules goes on counting where the first stopped") {
    metrics::Registry registry;
    policy::Verdict verdict;
    verdict.rule_index = 1;
    for (int i = 0; i < 2; ++i) gateway::VerdictMeasures(registry, two_rules()).count(verdict);
    CHECK(
        samples(registry, "postern_verdicts_total{rule=\"news\"") ==
        "postern_verdicts_total{rule=\"news\",verdict=\"discard\"} 2\n"
    );
}

TEST_CASE("A session counts its commands and the classes of its replies") {
    metrics::Registry registry;
    gateway::DialogueMeasures measures(registry);
    gateway::SessionSettings settings;
    settings.hostname = "mx.example.test";
    settings.measures = &measures;
    gateway::SmtpSession session(settings);
    for (const char* line : {"", "EHLO a\r\n", "NOOP\r\n", "FLY\r\n", "DATA\r\n", "QUIT\r\n"}) {
        session.receive(line);
        while (!std::holds_alternative<gateway::SmtpSession::ReadMore>(session.advance()) &&
               line != std::string_view("QUIT\r\n")) {
        }
    }
    session.advance();
    CHECK(
        samples(registry, "postern_smtp_commands_total") ==
        "postern_smtp_commands_total{command=\"data\"} 1\n"
        "postern_smtp_commands_total{command=\"ehlo\"} 1\n"
        "postern_smtp_commands_total{command=\"noop\"} 1\n"
        "postern_smtp_commands_total{command=\"quit\"} 1\n"
        "postern_smtp_commands_total{command=\"unknown\"} 1\n"
    );
    CHECK(
        samples(registry, "postern_smtp_replies_total") ==
        "postern_smtp_replies_total{class=\"2xx\"} 4\n"
        "postern_smtp_replies_total{class=\"5xx\"} 2\n"
    );
}

TEST_CASE("A back end is up while its last exchange succeeded") {
    metrics::Registry registry;
    gateway::Measures measures(registry);
    auto& backend = measures.backend("127.0.0.1:25");
    CHECK(&backend == &measures.backend("127.0.0.1:25"));
    backend.answered();
    CHECK(
        samples(registry, "postern_backend_up") ==
        "postern_backend_up{backend=\"127.0.0.1:25\"} 1\n"
    );
    backend.failed();
    CHECK(samples(registry, "postern_backend_up").empty());
    CHECK(backend.failures.value() == 1);
}
