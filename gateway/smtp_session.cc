#include "gateway/smtp_session.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "gateway/smtp_replies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gateway {

namespace {

using mail::EnhancedCode;
using mail::Reply;

// RCPT commands over recipients_max before we stop answering them.
constexpr std::uint64_t recipient_overshoot_max = 1000;
constexpr std::size_t helo_bytes_max = 255;  // RFC 1035 §2.3.4
constexpr std::size_t input_bytes_min = 32 * 1024;

Reply out_of_turn() {
    return {554, EnhancedCode{5, 5, 0}, "You spoke before it was your turn; closing"};
}

Reply bad_sequence(std::string_view text) {
    return {503, EnhancedCode{5, 5, 1}, text};
}

Reply bad_argument(std::string_view text) {
    return {501, EnhancedCode{5, 5, 4}, text};
}

Reply not_implemented() {
    return {502, EnhancedCode{5, 5, 1}, "Command not implemented"};
}

Reply give_up(std::string_view text) {
    return {421, EnhancedCode{4, 7, 0}, text};
}

// The name after HELO is the client's claim and nothing more: any printable word will do.
std::optional<std::string> helo_name(std::string_view argument) {
    const std::string_view word = argument.substr(0, argument.find(' '));
    if (word.empty() || word.size() > helo_bytes_max || !base::is_utf8(word)) return {};
    if (std::any_of(word.begin(), word.end(), base::is_control)) return {};
    return std::string(word);
}

}  // namespace

SmtpSession::SmtpSession(SessionSettings settings)
    : settings_(std::move(settings)),
      input_(
          settings_.command_line_bytes_max,
          std::max(input_bytes_min, 2 * settings_.command_line_bytes_max)
      ),
      tls_(settings_.tls == SessionSettings::Tls::active_from_start) {}

void SmtpSession::receive(std::string_view bytes) {
    const auto into = space();
    base::ensure(bytes.size() <= into.size(), "received bytes fit the session's buffer");
    if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
    input_.received(bytes.size());
}

SmtpSession::Step SmtpSession::advance() {
    switch (state_) {
        case State::start:
            state_ = State::commands;
            must_flush_ = true;
            if (!is_out_of_turn()) say(Reply(220, settings_.hostname + " ESMTP Postern"));
            break;
        case State::begin:
            return start_message();
        case State::message:
            return read_message();
        case State::refused:
            return after_refused_message();
        case State::tls_reply:
            return to_handshake();
        case State::commands:
        case State::closing:
        case State::closed:
            break;
        case State::recipient:
        case State::answer:
        case State::tls_handshake:
            base::ensure(false, "the last step was answered before advance()");
    }
    return next_command();
}

SmtpSession::Step SmtpSession::next_command() {
    while (state_ == State::commands) {
        if (must_flush_)
            if (auto send = flush()) return *send;
        const auto event = input_.next();
        switch (event.kind) {
            case LineReader::Event::Kind::incomplete:
                if (auto send = flush()) return *send;
                return ReadMore{Waiting::command};
            case LineReader::Event::Kind::line:
                if (auto step = run(parse_command(event.line))) return *step;
                break;
            case LineReader::Event::Kind::too_long:
                garbage(Reply(500, EnhancedCode{5, 5, 2}, "Line too long"));
                break;
            case LineReader::Event::Kind::broken:
                // R2: the two sides disagree about where lines end; what follows is not to be read.
                close_with(Reply(
                    500, EnhancedCode{5, 5, 2}, "Lines end with CR LF and hold no NUL; closing"
                ));
                break;
        }
    }
    if (auto send = flush()) return *send;
    if (state_ == State::tls_reply) return to_handshake();
    state_ = State::closed;
    return Close{};
}

// Gives a step when the world is to be asked; else the reply waits in output_.
std::optional<SmtpSession::Step> SmtpSession::run(const Command& command) {
    if (settings_.measures != nullptr) settings_.measures->command(command.verb);
    const Verb verb = command.verb;
    if (verb == Verb::unknown) {
        garbage(Reply(500, EnhancedCode{5, 5, 2}, "Command not recognised"));
        return {};
    }
    after_refused_data_ = false;
    // RFC 3207 §4: before TLS that is required only these.
    const bool allowed_in_plain = verb == Verb::ehlo || verb == Verb::helo || verb == Verb::noop ||
                                  verb == Verb::quit || verb == Verb::starttls ||
                                  verb == Verb::bdat || verb == Verb::other_protocol;
    if (settings_.tls == SessionSettings::Tls::required && !tls_ && !allowed_in_plain) {
        refuse_unread(
            Reply(530, EnhancedCode{5, 7, 0}, "Must issue a STARTTLS command first"), verb
        );
        return {};
    }
    switch (verb) {
        case Verb::helo:
        case Verb::ehlo:
            hello(command);
            break;
        case Verb::mail:
            mail(command);
            break;
        case Verb::rcpt:
            return rcpt(command);
        case Verb::data:
            return data(command);
        case Verb::rset:
            transaction_.reset();
            empty_command(Reply(250, EnhancedCode{2, 0, 0}, "Ok"));
            break;
        case Verb::noop:
            empty_command(Reply(250, EnhancedCode{2, 0, 0}, "Ok"));
            must_flush_ = true;
            break;
        case Verb::quit:
            close_with(Reply(221, EnhancedCode{2, 0, 0}, settings_.hostname + " closing"));
            break;
        case Verb::vrfy:
            // RFC 5321 §3.5.3: says nothing about who exists.
            empty_command(Reply(
                252,
                EnhancedCode{2, 0, 0},
                "Cannot verify, but will take mail and try to deliver it"
            ));
            must_flush_ = true;
            break;
        case Verb::help:
            empty_command(Reply(
                214, EnhancedCode{2, 0, 0}, "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY STARTTLS QUIT"
            ));
            break;
        case Verb::starttls:
            start_tls(command);
            break;
        case Verb::bdat:
            // R6: the chunk follows at once and would be read as commands.
            close_with(Reply(502, EnhancedCode{5, 5, 1}, "CHUNKING is not offered; closing"));
            break;
        case Verb::other_protocol:
            close_with(Reply(500, EnhancedCode{5, 5, 2}, "This is an SMTP server; closing"));
            break;
        case Verb::expn:
        case Verb::auth:
        case Verb::other_smtp:
        case Verb::unknown:
            error(not_implemented());
            must_flush_ = true;
            break;
    }
    return {};
}

void SmtpSession::hello(const Command& command) {
    // RFC 2920 §3.1: EHLO is the last command of a group. R7.
    if (is_out_of_turn()) return;
    auto name = helo_name(command.argument);
    if (!name) return error(bad_argument("EHLO and HELO take a host name"));
    helo_ = std::move(*name);
    extended_ = command.verb == Verb::ehlo;
    transaction_.reset();  // RFC 5321 §4.1.4
    must_flush_ = true;
    std::vector<std::string> lines{settings_.hostname};
    if (extended_) {
        lines.emplace_back("PIPELINING");
        lines.push_back(fmt::format("SIZE {}", settings_.offer.message_bytes_max));
        if (settings_.offer.eight_bit_mime) lines.emplace_back("8BITMIME");
        if (settings_.offer.smtputf8) lines.emplace_back("SMTPUTF8");
        if (settings_.offer.dsn) lines.emplace_back("DSN");
        lines.emplace_back("ENHANCEDSTATUSCODES");
        if (settings_.tls != SessionSettings::Tls::none && !tls_) lines.emplace_back("STARTTLS");
    }
    empty_command(Reply::multi_line(250, EnhancedCode{}, std::move(lines)));
}

void SmtpSession::mail(const Command& command) {
    if (helo_.empty()) return error(bad_sequence("Say EHLO first"));
    if (transaction_) return error(bad_sequence("MAIL was given already; RSET starts anew"));
    if (transactions_ >= settings_.transactions_max)
        return close_with(give_up("Enough messages on this connection; open another"));
    auto envelope = parse_mail(command.argument, extended_ ? &settings_.offer : nullptr);
    if (!envelope) return error(envelope.error());
    ++transactions_;
    transaction_.emplace(std::move(*envelope));
    say(Reply(250, EnhancedCode{2, 1, 0}, "Sender accepted"));
}

std::optional<SmtpSession::Step> SmtpSession::rcpt(const Command& command) {
    if (!transaction_) {
        error(bad_sequence("MAIL comes before RCPT"));
        return {};
    }
    auto& recipients = transaction_->envelope.recipients;
    auto recipient = parse_rcpt(
        command.argument,
        extended_ ? &settings_.offer : nullptr,
        transaction_->envelope.smtputf8,
        settings_.postmaster_domain ? &*settings_.postmaster_domain : nullptr
    );
    if (!recipient) {
        transaction_->any_refused = true;
        error(recipient.error());
        return {};
    }
    const bool known = std::any_of(recipients.begin(), recipients.end(), [&](const auto& other) {
        return other.address == recipient->address;
    });
    if (known) {  // One copy is enough, and nobody needs to be asked again.
        say(replies::recipient_accepted());
        return {};
    }
    if (recipients.size() >= settings_.recipients_max) {
        if (++transaction_->overshoot > recipient_overshoot_max)
            close_with(give_up("Too many recipients"));
        else
            say(replies::too_many_recipients());
        return {};
    }
    transaction_->asked = std::move(*recipient);
    state_ = State::recipient;
    return CheckRecipient{&transaction_->envelope, &*transaction_->asked};
}

void SmtpSession::recipient_answer(Reply reply) {
    base::ensure(state_ == State::recipient, "a recipient's answer was asked for");
    state_ = State::commands;
    if (reply.code() == 421 || reply.is_intermediate()) reply = replies::not_ours(reply);
    if (reply.is_positive())
        transaction_->envelope.recipients.push_back(std::move(*transaction_->asked));
    else
        transaction_->any_refused = true;
    transaction_->asked.reset();
    if (reply.is_permanent() && ++refused_recipients_ >= settings_.refused_recipients_max)
        return close_with(give_up("Too many unknown recipients"));
    say(reply);
}

std::optional<SmtpSession::Step> SmtpSession::data(const Command& command) {
    const auto refuse = [&](const Reply& reply) { refuse_unread(reply, Verb::data); };
    if (!command.argument.empty()) {
        refuse(bad_argument("DATA takes no argument"));
    } else if (!transaction_) {
        refuse(bad_sequence("MAIL and RCPT come before DATA"));
    } else if (transaction_->envelope.recipients.empty()) {
        refuse(
            transaction_->any_refused
                ? Reply(554, EnhancedCode{5, 5, 1}, "No recipient was accepted")
                : bad_sequence("RCPT comes before DATA")
        );
    } else if (!is_out_of_turn()) {  // R7: nothing may be there before our 354.
        state_ = State::begin;
        return BeginMessage{&transaction_->envelope};
    }
    return {};
}

void SmtpSession::start_tls(const Command& command) {
    if (!command.argument.empty()) return error(bad_argument("STARTTLS takes no argument"));
    if (settings_.tls == SessionSettings::Tls::none) return error(not_implemented());
    if (tls_) return error(bad_sequence("TLS is active already"));
    // R7: what was sent in plain text must never be read as if it came through TLS.
    if (is_out_of_turn()) return;
    say(Reply(220, EnhancedCode{2, 0, 0}, "Ready to start TLS"));
    state_ = State::tls_reply;
}

SmtpSession::Step SmtpSession::to_handshake() {
    if (!input_.waiting().empty()) {
        state_ = State::closed;
        return Close{};
    }
    state_ = State::tls_handshake;
    return StartTls{};
}

void SmtpSession::tls_started() {
    base::ensure(state_ == State::tls_handshake, "the handshake was asked for");
    // RFC 3207 §4.2: nothing that was said in plain text is believed any more.
    input_.drop();
    transaction_.reset();
    helo_.clear();
    extended_ = false;
    tls_ = true;
    state_ = State::commands;
}

void SmtpSession::end(const Reply& reply) {
    if (state_ == State::closed || state_ == State::closing) return;
    close_with(reply);
}

std::string SmtpSession::protocol() const {
    if (!extended_) return "SMTP";
    const bool utf8 = transaction_ && transaction_->envelope.smtputf8;
    return fmt::format("{}SMTP{}", utf8 ? "UTF8" : "E", tls_ ? "S" : "");
}

std::uint64_t SmtpSession::message_bytes_seen() const {
    return transaction_ && transaction_->data ? transaction_->data->bytes_seen() : 0;
}

std::optional<SmtpSession::Step> SmtpSession::flush() {
    must_flush_ = false;
    if (output_.empty()) return {};
    sending_ = std::exchange(output_, {});
    return Send{sending_, std::exchange(delay_, {})};
}

void SmtpSession::say(const Reply& reply) {
    if (settings_.measures != nullptr) settings_.measures->reply(reply);
    output_ += reply.to_wire();
}

void SmtpSession::error(const Reply& reply) {
    if (++errors_ >= settings_.errors_max) return close_with(give_up("Too many errors"));
    if (2 * errors_ > settings_.errors_max) delay_ += settings_.error_delay;
    say(reply);
}

// A line that is no command. Behind a DATA we refused it is a message sent without waiting for
// 354, and its lines are not commands either (R7).
void SmtpSession::garbage(const Reply& reply) {
    if (after_refused_data_) return close_with(reply);
    error(reply);
}

// A refused command whose sender may not have waited for the reply.
void SmtpSession::refuse_unread(const Reply& reply, Verb verb) {
    if (verb == Verb::data && !input_.waiting().empty()) return close_with(reply);
    error(reply);
    after_refused_data_ = verb == Verb::data;
    must_flush_ = true;
}

void SmtpSession::close_with(const Reply& reply) {
    say(reply);
    input_.drop();
    state_ = State::closing;
}

bool SmtpSession::is_out_of_turn() {
    if (input_.waiting().empty()) return false;
    close_with(out_of_turn());
    return true;
}

void SmtpSession::empty_command(const Reply& reply) {
    if (++empty_commands_ > settings_.empty_commands_max)
        return close_with(give_up("Too many commands without a message"));
    say(reply);
}

}  // namespace gateway
