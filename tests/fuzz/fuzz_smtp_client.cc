// Room: gateway
// Covers: gateway/smtp_client.cc
#include "base/ensure.h"
#include "gateway/smtp_client.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using gateway::SmtpClient;

// A back end that says the input, some bytes at a time, whatever it is asked.
class Babbler {
  public:
    Babbler(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}

    // True when the exchange was done; false when it broke or the input is used up.
    bool run(SmtpClient& client) {
        for (;;) {
            auto step = client.advance();
            if (std::holds_alternative<SmtpClient::Done>(step)) return true;
            if (std::holds_alternative<SmtpClient::Broken>(step)) {
                base::ensure(!client.usable(), "a broken connection is not used");
                return false;
            }
            if (std::holds_alternative<SmtpClient::StartTls>(step)) client.tls_started();
            if (auto* send = std::get_if<SmtpClient::Send>(&step))
                base::ensure(send->bytes.ends_with("\r\n"), "whole lines are sent");
            if (std::holds_alternative<SmtpClient::ReadMore>(step)) {
                if (input_.empty()) return false;
                const auto size = std::min({piece_, input_.size(), client.space().size()});
                base::ensure(size > 0, "a client that reads has room");
                client.receive(input_.substr(0, size));
                input_.remove_prefix(size);
            }
        }
    }

  private:
    std::string_view input_;
    std::size_t piece_;
};

void talk(SmtpClient& client, Babbler& backend) {
    client.open();
    if (!backend.run(client) || !client.answer().is_positive() || !client.usable()) return;
    const mail::Recipient ann{*mail::Address::parse("ann@example.test"), "NEVER", "rfc822;a+b@c"};
    const mail::Recipient bob{*mail::Address::parse("\xc3\xa4@example.test"), {}, {}};
    const std::array both{ann, bob};
    while (client.usable()) {
        client.mail(mail::Envelope(), 100);
        client.recipients(both);
        if (!backend.run(client)) return;
        base::ensure(client.answers().size() == 2, "an answer for each");
        if (client.usable() && client.accepted_recipients() > 0) {
            client.data();
            if (!backend.run(client)) return;
            if (client.answer().code() == 354) {
                std::array<char, 64> wire{};
                client.body(".x\r\n", wire);
                client.end_body();
                if (!backend.run(client)) return;
                base::ensure(client.answer().code() != 354, "a final reply");
            }
        }
        client.reset();
        if (!backend.run(client)) return;
        base::ensure(!client.has_transaction(), "RSET ends the transaction");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    using Tls = gateway::ClientSettings::Tls;
    gateway::ClientSettings settings;
    settings.hostname = "mx.example.test";
    settings.reply_line_bytes_max = 100;
    settings.reply_lines_max = 10;
    constexpr std::array tls{Tls::off, Tls::optional, Tls::required};
    settings.tls = tls[data[0] % 3U];
    SmtpClient client(settings);
    Babbler backend({reinterpret_cast<const char*>(data) + 2, size - 2}, 1 + data[1]);
    talk(client, backend);
    return 0;
}
