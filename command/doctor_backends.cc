#include "base/random.h"
#include "command/doctor_checks.h"
#include "command/smtp_talk.h"
#include "command/smuggling_probe.h"
#include "mail/envelope.h"

#include <algorithm>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

constexpr std::string_view settings_against_smuggling =
    "Postfix: smtpd_forbid_bare_newline = normalize, and smtpd_forbid_bare_newline_exclusions = "
    "with nothing behind it (its default, mynetworks, leaves the gateway out); Exim from 4.98, "
    "Sendmail from 8.18; others: ask the maker about SMTP smuggling";

// One server, however many domains it stands behind.
struct Backend {
    SmtpTalk::Other other;
    std::vector<const conf::ProtectedDomain*> domains;
    std::string name() const { return "back end " + other.endpoint.text(); }
};

std::vector<Backend> backends_of(const conf::Settings& settings) {
    std::vector<Backend> backends;
    for (const auto& domain : settings.domains) {
        const auto known = std::find_if(backends.begin(), backends.end(), [&](const Backend& b) {
            return b.other.endpoint == domain.backend && b.other.tls == domain.backend_tls;
        });
        if (known != backends.end())
            known->domains.push_back(&domain);
        else
            backends.push_back({{domain.backend, domain.backend_tls}, {&domain}});
    }
    return backends;
}

bool is_loopback(const std::string& host) {
    return host == "::1" || host == "localhost" || host.starts_with("127.");
}

void check_encryption(const Backend& backend, SmtpTalk& talk, Findings& findings) {
    const auto check = backend.name() + " tls";
    const auto& client = talk.client();
    switch (backend.other.tls) {
        case conf::TlsMode::required:
            return findings.ok(check, "encrypted, certificate checked");
        case conf::TlsMode::optional:
            if (client.is_tls()) return findings.ok(check, "encrypted, certificate not checked");
            return findings.warning(
                check,
                "it does not offer STARTTLS: mail goes to it in clear",
                "give it a certificate, or set backend_tls = \"off\" to say that this is meant"
            );
        case conf::TlsMode::off:
            if (is_loopback(backend.other.endpoint.host) || !client.extensions().starttls)
                return findings.ok(check, "off, as configured");
            return findings.warning(
                check,
                "off, although it offers STARTTLS",
                "set backend_tls = \"optional\", or \"required\" if its certificate is good"
            );
    }
}

void check_extensions(
    const Examined& examined, const Backend& backend, SmtpTalk& talk, Findings& findings
) {
    const auto check = backend.name() + " extensions";
    const auto& offered = talk.client().extensions();
    std::string lacking;
    const auto need = [&](bool there, std::string_view name) {
        if (!there) lacking += (lacking.empty() ? "" : ", ") + std::string(name);
    };
    need(offered.pipelining, "PIPELINING");
    need(offered.eight_bit_mime, "8BITMIME");
    need(offered.smtputf8, "SMTPUTF8");
    if (lacking.empty())
        findings.ok(check, "PIPELINING, 8BITMIME, SMTPUTF8");
    else
        findings.warning(
            check,
            "it does not offer " + lacking,
            "senders are not offered these either: turn them on there if they were turned off"
        );
    const auto ours = examined.settings.smtp.max_message_bytes;
    if (offered.size_max && *offered.size_max < ours)
        findings.warning(
            backend.name() + " size",
            fmt::format("it takes {} bytes, smtp.max_message_bytes is {}", *offered.size_max, ours),
            "raise the limit there (Postfix: message_size_limit), or lower max_message_bytes"
        );
    else if (offered.size)
        findings.ok(backend.name() + " size", "at least ours");
    else
        findings.warning(
            backend.name() + " size",
            "it does not offer SIZE",
            "too large mail is refused only after it was sent: turn SIZE on there"
        );
}

// Asks for a recipient that nobody can have.
Result<mail::Reply> ask_unknown(
    const Examined& examined, SmtpTalk& talk, const conf::ProtectedDomain& domain
) {
    auto address = mail::Address::parse(fmt::format(
        "postern-doctor-{}@{}", base::random_id(examined.program.random), domain.name.text()
    ));
    if (!address) return failure(address.error());
    mail::Envelope envelope;
    envelope.recipients.push_back({std::move(*address), "", ""});
    auto& client = talk.client();
    client.mail(envelope, std::nullopt);
    client.recipient(envelope.recipients.front());
    if (auto done = talk.perform(); !done) return failure(done.error());
    auto answer = client.answer();
    if (!client.usable()) return failure(ErrorKind::unreachable, answer.one_line());
    client.reset();
    if (auto done = talk.perform(); !done) return failure(done.error());
    return answer;
}

void check_unknown_recipient(
    const Examined& examined,
    SmtpTalk& talk,
    const conf::ProtectedDomain& domain,
    Findings& findings
) {
    const auto check = "recipients of " + domain.name.text();
    const auto answer = ask_unknown(examined, talk, domain);
    if (!answer) return findings.unknown(check, answer.error().text, "look at the back end's log");
    if (answer->is_permanent())
        return findings.ok(check, "unknown ones are refused: " + answer->one_line());
    if (answer->is_positive())
        return findings.problem(
            check,
            "the back end takes mail for everybody, also for people who do not exist",
            "let it refuse unknown recipients at RCPT (Postfix: reject_unlisted_recipient; "
            "Exchange: recipient filtering), or forged senders get its bounces"
        );
    findings.unknown(
        check,
        "the back end does not say: " + answer->one_line(),
        "turn off greylisting and other temporary refusals for the gateway's address there"
    );
}

Result<SmugglingAnswer> probe(const Examined& examined, const Backend& backend) {
    const auto limit = examined.dialogue_limit + smuggling_forms * examined.smuggling_wait;
    auto talk = SmtpTalk::create(backend.other, examined.settings.hostname, limit);
    if (!talk) return failure(talk.error());
    if (auto opened = (*talk)->open(); !opened) return failure(opened.error());
    // Closed without QUIT and without the end of the message: nothing was handed over.
    return probe_smuggling(
        **talk, examined.settings.hostname, *examined.smuggling_address, examined.smuggling_wait
    );
}

void check_smuggling(const Examined& examined, const Backend& backend, Findings& findings) {
    const auto check = backend.name() + " smuggling";
    const auto& address = examined.smuggling_address;
    const bool is_meant =
        address && std::any_of(backend.domains.begin(), backend.domains.end(), [&](const auto* d) {
            return d->name == address->domain();
        });
    if (!is_meant)
        return findings.unknown(
            check,
            "not asked whether it ends a mail at a bare line feed",
            fmt::format(
                "postern doctor --probe-smuggling ADDRESS asks it; {}", settings_against_smuggling
            )
        );
    const auto answer = probe(examined, backend);
    if (!answer)
        return findings.unknown(
            check, answer.error().text, std::string(settings_against_smuggling)
        );
    switch (answer->kind) {
        case SmugglingAnswer::Kind::safe:
            return findings.ok(check, "nothing but CRLF . CRLF ends a mail; nothing was delivered");
        case SmugglingAnswer::Kind::refused:
            return findings.ok(
                check, fmt::format("{} is refused: {}", answer->form, answer->reply)
            );
        case SmugglingAnswer::Kind::vulnerable:
            return findings.problem(
                check,
                fmt::format(
                    "it takes {} for the end of a mail ({}); {} has got a mail that explains it",
                    answer->form,
                    answer->reply,
                    address->text()
                ),
                std::string(settings_against_smuggling)
            );
    }
}

void check_backend(const Examined& examined, const Backend& backend, Findings& findings) {
    auto talk =
        SmtpTalk::create(backend.other, examined.settings.hostname, examined.dialogue_limit);
    if (!talk)
        return findings.unknown(backend.name(), talk.error().text, "install ca-certificates");
    if (auto opened = (*talk)->open(); !opened)
        return findings.problem(
            backend.name(),
            opened.error().text,
            backend.other.tls == conf::TlsMode::required
                ? "look whether it runs and lets the gateway in, and at its certificate: "
                  "backend_tls = \"required\" checks name and authority"
                : "look whether it runs, and whether it or a firewall lets the gateway in"
        );
    findings.ok(backend.name(), "answers");
    check_encryption(backend, **talk, findings);
    check_extensions(examined, backend, **talk, findings);
    for (const auto* domain : backend.domains)
        check_unknown_recipient(examined, **talk, *domain, findings);
    check_smuggling(examined, backend, findings);
}

}  // namespace

void check_backends(const Examined& examined, Findings& findings) {
    for (const auto& backend : backends_of(examined.settings))
        check_backend(examined, backend, findings);
}

}  // namespace command
