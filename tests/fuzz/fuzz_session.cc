// Room: gateway
// Covers: gateway/smtp_session.cc gateway/smtp_session_message.cc gateway/command.cc
// Covers: gateway/smtp_replies.cc
#include "base/ensure.h"
#include "gateway/smtp_replies.h"
#include "gateway/smtp_session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using gateway::SmtpSession;

// A world that takes most recipients and messages, and holds the session to its word.
class World {
  public:
    explicit World(unsigned options) {
        using Tls = gateway::SessionSettings::Tls;
        gateway::SessionSettings settings;
        settings.hostname = "mx.example.test";
        settings.tls = (options & 1U) ? Tls::offered : (options & 2U) ? Tls::required : Tls::none;
        settings.offer.message_bytes_max = 500;
        settings.offer.dsn = !(options & 4U);
        settings.offer.smtputf8 = !(options & 8U);
        settings.recipients_max = 3;
        if (options & 16U) settings.line_ends = gateway::LineEnds::normalise;
        session_.emplace(settings);
    }

    // False when the session is over.
    bool receive(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t size = std::min(bytes.size(), session_->space().size());
            base::ensure(size > 0, "a session that reads has room");
            session_->receive(bytes.substr(0, size));
            bytes.remove_prefix(size);
            if (!run()) return false;
        }
        return true;
    }

    bool run() {
        for (;;) {
            auto step = session_->advance();
            base::ensure(++steps_ < 100'000, "a session comes to rest");
            if (std::holds_alternative<SmtpSession::ReadMore>(step)) return true;
            if (std::holds_alternative<SmtpSession::Close>(step)) return false;
            std::visit([this](const auto& one) { perform(one); }, step);
        }
    }

  private:
    void perform(const SmtpSession::ReadMore&) {}
    void perform(const SmtpSession::Close&) {}
    void perform(const SmtpSession::Send& send) {
        base::ensure(send.bytes.ends_with("\r\n"), "whole lines are sent");
        for (std::size_t at = 0; at < send.bytes.size();) {
            const auto end = send.bytes.find("\r\n", at);
            const auto line = send.bytes.substr(at, end - at);
            base::ensure(line.size() <= 510 && line.size() > 3, "RFC 5321 §4.5.3.1.5");
            base::ensure(line[0] >= '2' && line[0] <= '5', "a reply code");
            for (const char c : line)
                base::ensure(static_cast<unsigned char>(c) >= 0x20, "no control character");
            at = end + 2;
        }
    }
    void perform(const SmtpSession::StartTls&) {
        session_->tls_started();
        base::ensure(
            session_->helo().empty() && session_->is_tls(), "the plain phase is forgotten"
        );
    }
    void perform(const SmtpSession::CheckRecipient& check) {
        base::ensure(check.envelope->recipients.size() < 3, "recipients are bounded");
        const auto& local_part = check.recipient->address.local_part();
        const bool unknown = local_part.starts_with('u');
        session_->recipient_answer(
            unknown ? mail::Reply(550, mail::EnhancedCode{5, 1, 1}, local_part)
                    : gateway::replies::recipient_accepted()
        );
    }
    void perform(const SmtpSession::BeginMessage& begin) {
        base::ensure(!begin.envelope->recipients.empty(), "a message has a recipient");
        bytes_.clear();
    }
    void perform(const SmtpSession::MessagePart& part) {
        bytes_ += part.bytes;
        base::ensure(bytes_.size() <= 1'000, "a message is bounded");  // CRLF for a bare LF
        if (bytes_.starts_with("refuse")) session_->refuse_message(gateway::replies::own_trouble());
    }
    void perform(const SmtpSession::EndMessage& end) {
        base::ensure(!end.envelope->recipients.empty(), "a message has a recipient");
        base::ensure(bytes_.empty() || bytes_.ends_with("\r\n"), "whole lines");
        base::ensure(bytes_.find('\0') == std::string::npos, "no NUL");
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            if (bytes_[i] == '\n') base::ensure(i > 0 && bytes_[i - 1] == '\r', "no bare LF");
            if (bytes_[i] == '\r') base::ensure(bytes_[i + 1] == '\n', "no bare CR");
        }
        session_->message_answer(gateway::replies::message_accepted("fuzz"));
    }
    void perform(const SmtpSession::MessageRefused& refused) {
        base::ensure(!refused.reply->is_positive(), "a refusal");
    }

    std::optional<SmtpSession> session_;
    std::string bytes_;
    int steps_ = 0;
};

}  // namespace

// The first byte chooses settings, the second how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    World world(data[0]);
    if (!(data[0] & 128U) && !world.run()) return 0;
    const std::size_t piece = data[1] == 0 ? size : data[1];
    std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    while (!input.empty()) {
        // A client that is polite enough for EHLO and DATA: segments end at line ends as well.
        const auto line = std::min(input.find("\r\n"), input.size() - 1);
        const std::size_t end = std::min({piece, input.size(), data[1] == 0 ? line + 2 : piece});
        if (!world.receive(input.substr(0, end))) break;
        input.remove_prefix(std::min(end, input.size()));
    }
    return 0;
}
