#include "command/smuggling_probe.h"

#include "base/ascii.h"
#include "mail/envelope.h"

#include <array>
#include <string_view>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

struct Form {
    std::string_view bytes;
    std::string_view name;
};

// RFC 5321 §4.1.1.4: only CRLF.CRLF ends the data. What comes behind a form begins with a letter,
// so that none of them becomes the true end.
constexpr std::array forms = {
    Form{"\n.\n", "LF . LF"},
    Form{"\n.\r\n", "LF . CRLF"},
    Form{"\r\n.\n", "CRLF . LF"},
    Form{"\r.\r", "CR . CR"},
    Form{"\r\n.\r", "CRLF . CR"},
};

std::string message(const std::string& hostname, const mail::Address& recipient) {
    return fmt::format(
        "From: Postern doctor <postmaster@{0}>\r\n"
        "To: <{1}>\r\n"
        "Subject: Your mail server can be tricked (test by postern doctor)\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "\r\n"
        "The administrator of the mail gateway {0} has run\r\n"
        "\"postern doctor --probe-smuggling {1}\".\r\n"
        "\r\n"
        "That you read this means: the mail server behind the gateway takes\r\n"
        "something else than an empty line with a dot for the end of a mail. A\r\n"
        "sender could hide a second, forged mail in a first one that way (\"SMTP\r\n"
        "smuggling\"). For Postfix set in main.cf:\r\n"
        "\r\n"
        "    smtpd_forbid_bare_newline = normalize\r\n"
        "    smtpd_forbid_bare_newline_exclusions =\r\n"
        "\r\n"
        "(nothing behind the last \"=\"), and run the test again. Nobody else got\r\n"
        "this mail.",
        hostname,
        recipient.text()
    );
}

// Begins a message up to 354.
Result<void> begin(SmtpTalk& talk, const mail::Address& recipient) {
    auto& client = talk.client();
    mail::Envelope envelope;  // the null sender: nothing comes back
    envelope.recipients.push_back({recipient, "", ""});
    client.mail(envelope, std::nullopt);
    client.recipient(envelope.recipients.front());
    if (auto done = talk.perform(); !done) return done;
    if (!client.answer().is_positive())
        return failure(
            ErrorKind::invalid,
            "it does not take mail for {}: {}",
            recipient.text(),
            client.answer().one_line()
        );
    client.data();
    if (auto done = talk.perform(); !done) return done;
    if (client.answer().code() != 354)
        return failure(ErrorKind::unreachable, "DATA: {}", client.answer().one_line());
    return {};
}

}  // namespace

const int smuggling_forms = static_cast<int>(forms.size());

Result<SmugglingAnswer> probe_smuggling(
    SmtpTalk& talk,
    const std::string& hostname,
    const mail::Address& recipient,
    std::chrono::milliseconds wait
) {
    if (auto begun = begin(talk, recipient); !begun) return failure(begun.error());
    auto sent = talk.send_raw(message(hostname, recipient));
    if (!sent) return failure(sent.error());
    for (const auto& form : forms) {
        sent = talk.send_raw(form.bytes);
        // Some close at the first wrong byte: that is a refusal too.
        if (!sent)
            return SmugglingAnswer{
                SmugglingAnswer::Kind::refused, std::string(form.name), sent.error().text
            };
        auto heard = talk.hear(wait);
        if (!heard)
            return SmugglingAnswer{
                SmugglingAnswer::Kind::refused, std::string(form.name), heard.error().text
            };
        if (*heard) {
            const bool taken = (*heard)->starts_with('2');
            return SmugglingAnswer{
                taken ? SmugglingAnswer::Kind::vulnerable : SmugglingAnswer::Kind::refused,
                std::string(form.name),
                std::string(base::trim((*heard)->substr(0, (*heard)->find('\n'))))
            };
        }
        if (sent = talk.send_raw("and on it goes"); !sent) return failure(sent.error());
    }
    return SmugglingAnswer{};
}

}  // namespace command
