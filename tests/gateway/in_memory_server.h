#pragma once

#include "gateway/smtp_replies.h"
#include "gateway/smtp_session.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A session with a world of its own in place of sockets: what tests/dialogues/README.md says.
class InMemoryServer {
  public:
    explicit InMemoryServer(gateway::SessionSettings settings) : session(std::move(settings)) {}

    static gateway::SessionSettings settings() {
        gateway::SessionSettings settings;
        settings.hostname = "mx.example.test";
        settings.postmaster_domain = *mail::Domain::parse("example.test");
        return settings;
    }

    // The bytes arrive together, as far as they fit; then the session acts until it waits.
    void receive(std::string_view bytes) {
        while (!bytes.empty() && !is_closed && !wants_tls) {
            const auto part = bytes.substr(0, session.space().size());
            session.receive(part);
            bytes.remove_prefix(part.size());
            run();
        }
    }

    void run() {
        while (!is_closed && !wants_tls) {
            auto step = session.advance();
            if (std::holds_alternative<gateway::SmtpSession::ReadMore>(step)) return;
            std::visit([this](const auto& one) { perform(one); }, step);
        }
    }

    void start_tls() {
        wants_tls = false;
        session.tls_started();
        run();
    }

    // The next line the server sent, without CRLF; "" when there is none.
    std::string next_line() {
        const auto end = output.find("\r\n");
        if (end == std::string::npos) return {};
        std::string line = output.substr(0, end);
        output.erase(0, end + 2);
        return line;
    }

    gateway::SmtpSession session;
    std::string output;
    std::vector<std::string> sends;
    std::chrono::milliseconds delay{0};
    std::vector<std::string> messages;  // accepted
    std::vector<mail::Envelope> envelopes;
    std::vector<std::string> protocols;
    std::vector<std::string> refused;  // replies of MessageRefused
    bool is_closed = false;
    bool wants_tls = false;

  private:
    using Session = gateway::SmtpSession;

    void perform(const Session::ReadMore&) {}
    void perform(const Session::Send& send) {
        output += send.bytes;
        sends.emplace_back(send.bytes);
        delay += send.delay;
    }
    void perform(const Session::StartTls&) { wants_tls = true; }
    void perform(const Session::CheckRecipient& check) {
        const auto& address = check.recipient->address;
        if (address.domain().text() != "example.test")
            session.recipient_answer(gateway::replies::relaying_denied());
        else if (address.local_part() == "unknown")
            session.recipient_answer(mail::Reply(550, mail::EnhancedCode{5, 1, 1}, "Unknown"));
        else if (address.local_part() == "slow")
            session.recipient_answer(gateway::replies::backend_unreachable());
        else
            session.recipient_answer(gateway::replies::recipient_accepted());
    }
    void perform(const Session::BeginMessage&) { message_.clear(); }
    void perform(const Session::MessagePart& part) { message_ += part.bytes; }
    void perform(const Session::EndMessage& end) {
        messages.push_back(message_);
        envelopes.push_back(*end.envelope);
        protocols.push_back(session.protocol());
        session.message_answer(gateway::replies::message_accepted("test"));
    }
    void perform(const Session::MessageRefused& no) { refused.push_back(no.reply->one_line()); }
    void perform(const Session::Close&) { is_closed = true; }

    std::string message_;
};
