#pragma once

#include "base/result.h"
#include "gateway/data_writer.h"
#include "gateway/line_reader.h"
#include "mail/envelope.h"
#include "mail/reply.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway {

// What the other server's EHLO reply says (RFC 5321 §4.1.1.1).
struct Extensions {
    bool pipelining = false;
    bool eight_bit_mime = false;
    bool smtputf8 = false;
    bool dsn = false;
    bool starttls = false;
    bool enhanced_codes = false;
    std::optional<std::uint64_t> size_max;  // SIZE with a value other than 0
    bool size = false;                      // SIZE at all
    bool operator==(const Extensions&) const = default;
};

struct ClientSettings {
    std::string hostname;  // said in EHLO
    enum class Tls { off, optional, required } tls = Tls::off;
    std::size_t reply_line_bytes_max = 4096;
    std::size_t reply_lines_max = 100;
};

// The client's side of an SMTP dialogue with a back end (RFC 5321), without a socket. One exchange
// at a time: start it, perform steps until Done or Broken, look at the answer.
//
//     client.open();  …steps…  client.mail(envelope, size);  client.recipients(some);  …steps…
//     client.data();  …steps…  client.body(piece, buffer) … client.end_body();  …steps…
//
// Any doubt (an unexpected code, a reply nobody waits for, a malformed one) is Broken: the
// connection is never used again (R9).
class SmtpClient {
  public:
    explicit SmtpClient(ClientSettings settings);

    enum class Waiting { greeting, command, data_start, final_reply };
    struct ReadMore {
        Waiting waiting_for = Waiting::command;
    };
    struct Send {
        std::string_view bytes;  // valid until the next call of advance()
        Waiting waiting_for = Waiting::command;
    };
    struct StartTls {};  // shake hands, then tls_started(); if that fails, just close
    struct Done {};      // the exchange is over: answer() or answers()
    struct Broken {
        std::string why;  // for the log
    };
    using Step = std::variant<ReadMore, Send, StartTls, Done, Broken>;
    Step advance();

    // Where what comes from the network goes.
    LineReader& input() { return input_; }
    std::span<char> space() { return input_.space(); }
    void receive(std::string_view bytes);  // at most space().size()
    void tls_started();
    // The transport gave up: time-out, reset. Not usable any more.
    void failed() { broken_ = true; }

    // --- exchanges; only when usable() and none is under way ---

    // Greeting, EHLO (or HELO), STARTTLS as settings say. Done: answer() is the server's last
    // reply; not positive means it does not want us (temporary or not), and the connection is no
    // longer usable. TLS that is required and not offered: a 4xx answer of our own.
    void open();

    // Begins a transaction; costs no round trip, MAIL goes out with the first recipient. `size` is
    // what will be sent, or what the client declared; none when unknown. When the server cannot
    // carry it (SIZE, 8BITMIME, SMTPUTF8), every recipient gets that refusal, and nothing is sent.
    void mail(const mail::Envelope& envelope, std::optional<std::uint64_t> size);
    // RCPT, all in one group when PIPELINING is offered. answers(): one per recipient, in order;
    // when MAIL was refused, that refusal for each. May be called again for more recipients.
    void recipient(const mail::Recipient& recipient);
    void recipients(std::span<const mail::Recipient> recipients);
    // DATA; needs an accepted recipient. answer() is 354, or the refusal.
    void data();
    // After 354. Stuffs as much of `message` as fits into `into`, which the caller sends.
    DataWriter::Progress body(std::string_view message, std::span<char> into);
    // Sends `rest`, what body() gave and is not sent yet, and the end of data behind it; waits for
    // the final reply. The transaction is over.
    void end_body(std::string_view rest = {});
    // RSET: the connection may be used for another message, or is Broken. Also the test whether an
    // idle connection still lives.
    void reset();
    void quit();

    // Why this server cannot carry such a message, if so.
    std::optional<mail::Reply> cannot_carry(
        const mail::Envelope& envelope, std::optional<std::uint64_t> size
    ) const;

    const mail::Reply& answer() const;  // the last of answers()
    const std::vector<mail::Reply>& answers() const { return answers_; }
    const Extensions& extensions() const { return extensions_; }
    // Whole replies, of all exchanges.
    std::uint64_t replies_taken() const { return replies_taken_; }
    bool is_tls() const { return tls_; }

    // Another exchange may be started: nothing is broken, no 421 was seen, no body is half sent.
    bool usable() const;
    bool has_transaction() const { return transaction_open_; }
    std::size_t accepted_recipients() const { return accepted_; }

  private:
    // A command that was, or will be, sent, and what its reply may be.
    enum class Expected { greeting, ehlo, helo, starttls, mail, rcpt, data, body, rset, quit };
    struct Awaited {
        Expected expected;
        std::size_t index = 0;  // into answers_, for RCPT
    };
    struct Unsent {
        Awaited awaited;
        std::string bytes;
    };

    void begin();
    void queue(Expected expected, std::string bytes, std::size_t index = 0);
    void queue_hello(bool extended);
    void end_transaction();
    Step broken(std::string why);
    Step send_group();
    Waiting waiting_for() const;
    base::Result<std::optional<mail::Reply>> next_reply();
    std::optional<Step> take(Awaited awaited, const mail::Reply& reply);
    std::optional<Step> take_closing(Awaited awaited, const mail::Reply& reply);
    std::optional<Step> take_hello(Expected expected, const mail::Reply& reply);
    std::optional<Step> take_starttls(const mail::Reply& reply);
    std::optional<Step> refuse_opening(const mail::Reply& reply);
    std::optional<Step> unexpected(std::string_view command, const mail::Reply& reply);
    void refuse_mail(const mail::Reply& reply);
    void read_extensions(const mail::Reply& reply);

    ClientSettings settings_;
    LineReader input_;
    std::deque<Unsent> to_send_;
    std::deque<Awaited> awaited_;
    std::string sending_;
    std::string partial_reply_;
    std::size_t partial_lines_ = 0;
    std::vector<mail::Reply> answers_;
    Extensions extensions_;
    DataWriter writer_;
    std::optional<std::string> mail_command_;  // waits for the first recipient
    std::optional<mail::Reply> mail_refusal_;
    bool mail_refused_now_ = false;  // in this exchange: its RCPTs may be under way
    bool smtputf8_ = false;          // MAIL says so
    std::size_t accepted_ = 0;
    std::uint64_t replies_taken_ = 0;
    bool transaction_open_ = false;
    bool in_body_ = false;
    bool in_handshake_ = false;
    bool usable_ = true;
    bool broken_ = false;
    bool tls_ = false;
    bool opened_ = false;
};

}  // namespace gateway
