#pragma once

#include "gateway/command.h"
#include "gateway/data_reader.h"
#include "gateway/line_reader.h"
#include "gateway/measures.h"
#include "mail/domain.h"
#include "mail/envelope.h"
#include "mail/reply.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gateway {

struct SessionSettings {
    std::string hostname;
    Offer offer;
    enum class Tls { none, offered, required, active_from_start } tls = Tls::none;
    LineEnds line_ends = LineEnds::strict;
    std::optional<mail::Domain> postmaster_domain;  // whose postmaster "<postmaster>" is
    std::uint64_t recipients_max = 100;
    std::uint64_t errors_max = 10;           // refused commands before 421
    std::uint64_t empty_commands_max = 100;  // NOOP, RSET, VRFY, EHLO … without a message between
    std::uint64_t refused_recipients_max = 100;  // 5xx at RCPT: somebody is guessing addresses
    std::uint64_t transactions_max = 1000;
    std::size_t command_line_bytes_max = 2048;
    std::chrono::milliseconds error_delay{1000};  // per error, once half of errors_max are used
    DialogueMeasures* measures = nullptr;         // none: nobody counts
};

// The server's side of one SMTP dialogue (RFC 5321), without a socket: bytes go in, steps come out.
// It knows order, syntax and the limits of the dialogue; it does not know which recipients exist,
// what a message is worth or what time it is.
//
//     for (;;) {
//         auto step = session.advance();     // perform the step, then advance again
//     }
//
// Replies of a pipelined group are collected and come as one Send, where RFC 2920 §3.2 allows it.
class SmtpSession {
  public:
    explicit SmtpSession(SessionSettings settings);

    enum class Waiting { command, message };
    // Read from the network into input(), advance. Which deadline holds is
    // `waiting_for`.
    struct ReadMore {
        Waiting waiting_for = Waiting::command;
    };
    // Wait for `delay`, then send `bytes` (valid until the next call of advance()).
    struct Send {
        std::string_view bytes;
        std::chrono::milliseconds delay{0};
    };
    // The 220 has been sent. Shake hands, then tls_started(); if that fails, just close.
    struct StartTls {};
    // Ask the world whether this recipient is taken; then recipient_answer().
    struct CheckRecipient {
        const mail::Envelope* envelope = nullptr;  // with the recipients accepted so far
        const mail::Recipient* recipient = nullptr;
    };
    // A message is about to be received into something new. refuse_message() before the next
    // advance() answers DATA with that reply instead of 354.
    struct BeginMessage {
        const mail::Envelope* envelope = nullptr;
    };
    // The next unstuffed bytes. refuse_message() makes the session read on to the true end, give no
    // more parts, and answer with that reply.
    struct MessagePart {
        std::string_view bytes;  // valid until the next call of advance()
    };
    // The message is complete and well-formed. Decide, then message_answer().
    struct EndMessage {
        const mail::Envelope* envelope = nullptr;
    };
    // What was received since BeginMessage is to be dropped: the session itself or
    // refuse_message() said no, with this reply, which is sent next. For the log.
    struct MessageRefused {
        const mail::Envelope* envelope = nullptr;
        const mail::Reply* reply = nullptr;
    };
    // Everything has been sent. Final.
    struct Close {};

    using Step = std::variant<
        ReadMore,
        Send,
        StartTls,
        CheckRecipient,
        BeginMessage,
        MessagePart,
        EndMessage,
        MessageRefused,
        Close>;

    // The first call gives the greeting, or 554 when the client has already spoken: so let what
    // waits in the socket be received before it.
    Step advance();

    // Where what comes from the network goes.
    LineReader& input() { return input_; }
    std::span<char> space() { return input_.space(); }
    // For bytes that are already somewhere; at most space().size() of them.
    void receive(std::string_view bytes);

    // A positive answer adds the recipient to the envelope. A back end's 421 is passed on as 451,
    // here and for the message: it is not our connection that closes.
    void recipient_answer(mail::Reply reply);
    void message_answer(mail::Reply reply);
    void refuse_message(mail::Reply reply);
    void tls_started();

    // From outside the dialogue: a deadline passed, we stop, there are too many connections. What
    // waits on both sides is forgotten, `reply` is sent, then Close. Allowed at any time between
    // two steps, also before the greeting.
    void end(const mail::Reply& reply);

    // As the client said it, bounded, printable; "" before HELO or EHLO.
    const std::string& helo() const { return helo_; }
    bool is_tls() const { return tls_; }
    // For the Received field (RFC 3848 §3, RFC 6531 §4.3): "SMTP", "ESMTP", "ESMTPS", "UTF8SMTP",
    // "UTF8SMTPS".
    std::string protocol() const;
    std::uint64_t transactions() const { return transactions_; }
    // Between BeginMessage and its end: bytes as they came (R10 counts these).
    std::uint64_t message_bytes_seen() const;

  private:
    enum class State {
        start,
        commands,
        recipient,      // CheckRecipient was given
        begin,          // BeginMessage was given
        message,        // after 354
        refused,        // MessageRefused was given
        answer,         // EndMessage was given
        tls_reply,      // 220 goes out, then StartTls
        tls_handshake,  // StartTls was given
        closing,
        closed
    };
    // All that one message owns; destroyed, never reset.
    struct Transaction {
        explicit Transaction(mail::Envelope of) : envelope(std::move(of)) {}

        mail::Envelope envelope;
        std::optional<mail::Recipient> asked;
        bool any_refused = false;
        std::uint64_t overshoot = 0;  // RCPT over recipients_max
        std::optional<DataReader> data;
        std::optional<mail::Reply> refusal;
        std::uint64_t bytes_max = 0;
        bool hopeless = false;  // after the refusal the connection closes
    };

    Step next_command();
    std::optional<Step> run(const Command& command);
    void hello(const Command& command);
    void mail(const Command& command);
    std::optional<Step> rcpt(const Command& command);
    std::optional<Step> data(const Command& command);
    Step start_message();
    Step read_message();
    Step finish_message();
    Step refuse_received();
    Step after_refused_message();
    void start_tls(const Command& command);
    Step to_handshake();
    void empty_command(const mail::Reply& reply);

    std::optional<Step> flush();
    void say(const mail::Reply& reply);
    void error(const mail::Reply& reply);
    void garbage(const mail::Reply& reply);
    void refuse_unread(const mail::Reply& reply, Verb verb);
    void close_with(const mail::Reply& reply);
    bool is_out_of_turn();

    SessionSettings settings_;
    LineReader input_;
    State state_ = State::start;
    std::string output_;
    std::string sending_;
    std::string part_;
    std::chrono::milliseconds delay_{0};
    bool must_flush_ = false;

    std::string helo_;
    bool extended_ = false;  // EHLO, not HELO
    bool tls_ = false;
    bool after_refused_data_ = false;
    std::optional<Transaction> transaction_;
    std::uint64_t errors_ = 0;
    std::uint64_t empty_commands_ = 0;
    std::uint64_t refused_recipients_ = 0;
    std::uint64_t transactions_ = 0;
};

}  // namespace gateway
