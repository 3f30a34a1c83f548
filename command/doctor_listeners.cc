#include "base/ascii.h"
#include "command/doctor_checks.h"
#include "command/smtp_talk.h"

#include <algorithm>

namespace command {

namespace {

constexpr std::chrono::milliseconds limit{10'000};

// Where a program on this machine reaches what listens on all addresses.
conf::Endpoint reachable(conf::Endpoint endpoint) {
    if (endpoint.host == "0.0.0.0") endpoint.host = "127.0.0.1";
    if (endpoint.host == "::") endpoint.host = "::1";
    return endpoint;
}

bool is_running(const Findings& findings) {
    const auto& all = findings.all();
    return std::any_of(all.begin(), all.end(), [](const Finding& finding) {
        return finding.check == "serve" && finding.health == Health::ok;
    });
}

void check_smtp(const Examined& examined, const conf::SmtpListener& listener, Findings& findings) {
    const auto check = "listener " + listener.address.text();
    if (listener.address.port == 0)
        return findings.unknown(
            check, "the port is any free one", "look at event=listening in the log"
        );
    // RFC 5321 §4.2: the name of the host is the first word of the greeting. The server greets.
    const auto greeting = first_line_of(
        reachable(listener.address), "", limit + examined.settings.smtp.greeting_delay
    );
    if (!greeting)
        return findings.problem(
            check,
            greeting.error().text,
            "look at the log (event=listening, event=trouble) and at the firewall of this machine"
        );
    if (!greeting->starts_with("220 "))
        return findings.problem(
            check,
            "it says: " + *greeting,
            "another program may have this port, or the gateway is full"
        );
    const auto name = greeting->substr(4, examined.settings.hostname.size());
    if (!base::equals_ignoring_case(name, examined.settings.hostname))
        return findings.problem(
            check,
            "it says: " + *greeting,
            "another program has this port, or hostname was changed without a reload (SIGHUP)"
        );
    findings.ok(check, *greeting);
}

void check_portal(const Examined& examined, Findings& findings) {
    const auto& portal = examined.settings.portal;
    if (!portal.address) return;
    const auto check = "portal " + portal.address->text();
    if (portal.address->port == 0)
        return findings.unknown(
            check, "the port is any free one", "look at event=listening in the log"
        );
    auto host = portal.public_url;
    if (const auto at = host.find("://"); at != std::string::npos) host.erase(0, at + 3);
    const auto question =
        fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host);
    const auto answer = first_line_of(reachable(*portal.address), question, limit);
    if (!answer)
        return findings.problem(
            check, answer.error().text, "look at the log (event=listening, event=trouble)"
        );
    if (!answer->starts_with("HTTP/1.1 200"))
        return findings.problem(
            check,
            "it says: " + *answer,
            "another program may have this port, or public_url was changed without a reload"
        );
    findings.ok(check, "answers for " + portal.public_url);
}

}  // namespace

void check_listeners(const Examined& examined, Findings& findings) {
    if (!is_running(findings))
        return findings.unknown(
            "listeners", "serve is not running here", "start it, then run doctor again"
        );
    for (const auto& listener : examined.settings.smtp.listeners)
        check_smtp(examined, listener, findings);
    check_portal(examined, findings);
}

}  // namespace command
