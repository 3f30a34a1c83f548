#include "gateway/smtp_client.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "gateway/smtp_replies.h"
#include "mail/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace gateway {

namespace {

using mail::EnhancedCode;
using mail::Reply;

// Commands of one group. RFC 2920 §3.1: neither side may fill the other's window and wait.
constexpr std::size_t group_max = 50;

Reply no_tls() {
    return {451, EnhancedCode{4, 7, 4}, "The mail server behind does not offer the TLS it must"};
}

// RFC 3207 §4: a server that wants TLS (or a sign-in) first says so to every mail, for good. Our
// settings are at fault, not the mail, which must not go back to its sender for that.
Reply without_our_fault(const Reply& reply) {
    if (reply.code() != 530) return reply;
    return {451, EnhancedCode{4, 7, 0}, "The mail server behind wants TLS or a sign-in first"};
}

// RFC 5321 §4.1.1.2, with what the server can carry.
std::string mail_command(
    const mail::Envelope& envelope, std::optional<std::uint64_t> size, const Extensions& extensions
) {
    std::string text = fmt::format("MAIL FROM:<{}>", envelope.sender.text());
    if (size && extensions.size) text += fmt::format(" SIZE={}", *size);
    if (envelope.body == mail::Body::eight_bit_mime && extensions.eight_bit_mime)
        text += " BODY=8BITMIME";
    if (extensions.smtputf8 && (envelope.smtputf8 || needs_smtputf8(envelope))) text += " SMTPUTF8";
    if (extensions.dsn) {
        if (!envelope.dsn_return.empty()) text += " RET=" + envelope.dsn_return;
        if (!envelope.envelope_id.empty())
            text += " ENVID=" + mail::encode_xtext(envelope.envelope_id);
    }
    return text + "\r\n";
}

std::string rcpt_command(const mail::Recipient& recipient, const Extensions& extensions) {
    std::string text = fmt::format("RCPT TO:<{}>", recipient.address.text());
    if (extensions.dsn) {
        if (!recipient.notify.empty()) text += " NOTIFY=" + recipient.notify;
        if (!recipient.original_recipient.empty())
            text += " ORCPT=" + mail::encode_xtext(recipient.original_recipient);
    }
    return text + "\r\n";
}

}  // namespace

// The line reader counts the CRLF.
SmtpClient::SmtpClient(ClientSettings settings)
    : settings_(std::move(settings)), input_(settings_.reply_line_bytes_max + 2) {}

void SmtpClient::receive(std::string_view bytes) {
    const auto into = space();
    base::ensure(bytes.size() <= into.size(), "received bytes fit the client's buffer");
    if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
    input_.received(bytes.size());
}

const Reply& SmtpClient::answer() const {
    base::ensure(!answers_.empty(), "the exchange had an answer");
    return answers_.back();
}

bool SmtpClient::usable() const {
    return usable_ && !broken_ && !in_body_ && to_send_.empty() && awaited_.empty();
}

// --- starting exchanges ---

void SmtpClient::begin() {
    base::ensure(
        broken_ || (to_send_.empty() && awaited_.empty() && !in_body_ && !in_handshake_),
        "one exchange at a time"
    );
    answers_.clear();
    mail_refused_now_ = false;
}

void SmtpClient::queue(Expected expected, std::string bytes, std::size_t index) {
    to_send_.push_back({{expected, index}, std::move(bytes)});
}

void SmtpClient::open() {
    base::ensure(!opened_, "a connection is opened once");
    opened_ = true;
    begin();
    awaited_.push_back({Expected::greeting, 0});
}

void SmtpClient::queue_hello(bool extended) {
    queue(
        extended ? Expected::ehlo : Expected::helo,
        fmt::format("{} {}\r\n", extended ? "EHLO" : "HELO", settings_.hostname)
    );
}

std::optional<Reply> SmtpClient::cannot_carry(
    const mail::Envelope& envelope, std::optional<std::uint64_t> size
) const {
    if (size && extensions_.size_max && *size > *extensions_.size_max)
        return replies::message_too_large(*extensions_.size_max);
    if (!extensions_.smtputf8 && (envelope.smtputf8 || needs_smtputf8(envelope)))
        return replies::needs_smtputf8();
    if (!extensions_.eight_bit_mime && envelope.body == mail::Body::eight_bit_mime)
        return replies::needs_eight_bit_mime();
    return {};
}

void SmtpClient::mail(const mail::Envelope& envelope, std::optional<std::uint64_t> size) {
    begin();
    base::ensure(!transaction_open_, "the transaction before has ended or was reset");
    transaction_open_ = true;
    accepted_ = 0;
    mail_refusal_ = cannot_carry(envelope, size);
    smtputf8_ = extensions_.smtputf8 && (envelope.smtputf8 || needs_smtputf8(envelope));
    if (!mail_refusal_) mail_command_ = mail_command(envelope, size, extensions_);
}

void SmtpClient::recipient(const mail::Recipient& recipient) {
    recipients({&recipient, 1});
}

void SmtpClient::recipients(std::span<const mail::Recipient> recipients) {
    begin();
    base::ensure(transaction_open_ && !recipients.empty(), "MAIL comes before RCPT");
    answers_.assign(recipients.size(), mail_refusal_.value_or(replies::needs_smtputf8()));
    if (mail_refusal_) return;
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        if (!smtputf8_ && !recipients[i].address.is_ascii()) continue;  // it keeps that refusal
        if (mail_command_) queue(Expected::mail, *std::exchange(mail_command_, {}));
        queue(Expected::rcpt, rcpt_command(recipients[i], extensions_), i);
    }
}

void SmtpClient::data() {
    begin();
    base::ensure(transaction_open_ && accepted_ > 0, "a recipient was accepted before DATA");
    queue(Expected::data, "DATA\r\n");
}

DataWriter::Progress SmtpClient::body(std::string_view message, std::span<char> into) {
    base::ensure(in_body_, "DATA was answered with 354");
    return writer_.write(message, into);
}

void SmtpClient::end_body(std::string_view rest) {
    base::ensure(in_body_, "DATA was answered with 354");
    in_body_ = false;
    begin();
    std::string bytes;
    const std::string_view end = writer_.finish();
    bytes.reserve(rest.size() + end.size());
    bytes.append(rest).append(end);
    queue(Expected::body, std::move(bytes));
}

void SmtpClient::reset() {
    begin();
    queue(Expected::rset, "RSET\r\n");
}

void SmtpClient::quit() {
    begin();
    queue(Expected::quit, "QUIT\r\n");
}

void SmtpClient::tls_started() {
    base::ensure(in_handshake_, "the handshake was asked for");
    // RFC 3207 §4.2: what was said in plain text is forgotten.
    in_handshake_ = false;
    input_.drop();
    extensions_ = {};
    tls_ = true;
    queue_hello(true);
}

// --- performing them ---

SmtpClient::Step SmtpClient::broken(std::string why) {
    usable_ = false;
    broken_ = true;
    to_send_.clear();
    awaited_.clear();
    return Broken{std::move(why)};
}

SmtpClient::Waiting SmtpClient::waiting_for() const {
    switch (awaited_.front().expected) {
        case Expected::greeting:
            return Waiting::greeting;
        case Expected::data:
            return Waiting::data_start;
        case Expected::body:
            return Waiting::final_reply;
        default:
            return Waiting::command;
    }
}

SmtpClient::Step SmtpClient::send_group() {
    sending_.clear();
    const std::size_t count =
        extensions_.pipelining ? std::min(to_send_.size(), group_max) : std::size_t{1};
    for (std::size_t i = 0; i < count; ++i) {
        sending_ += to_send_.front().bytes;
        awaited_.push_back(to_send_.front().awaited);
        to_send_.pop_front();
    }
    return Send{sending_, waiting_for()};
}

SmtpClient::Step SmtpClient::advance() {
    if (broken_) return broken("the connection is broken already");
    base::ensure(!in_handshake_, "the handshake was done before advance()");
    while (!awaited_.empty() || !to_send_.empty()) {
        if (!usable_) return broken("the connection is not to be used any more");
        if (awaited_.empty()) {
            // R9: a reply nobody waits for would be taken for the next command's.
            if (!input_.waiting().empty()) return broken("a reply came without a command");
            return send_group();
        }
        auto reply = next_reply();
        if (!reply) return broken(std::move(reply.error().text));
        if (!*reply) return ReadMore{waiting_for()};
        ++replies_taken_;
        const Awaited awaited = awaited_.front();
        awaited_.pop_front();
        auto step =
            (*reply)->code() == 421 ? take_closing(awaited, **reply) : take(awaited, **reply);
        if (step) return *step;
    }
    if (!input_.waiting().empty()) usable_ = false;
    return Done{};
}

// A whole reply, or none yet. Error: it is malformed or too large.
base::Result<std::optional<Reply>> SmtpClient::next_reply() {
    using base::ErrorKind;
    while (true) {
        const auto event = input_.next();
        if (event.kind == LineReader::Event::Kind::incomplete) return std::optional<Reply>();
        if (event.kind == LineReader::Event::Kind::too_long)
            return base::failure(ErrorKind::invalid, "a reply line is too long");
        if (event.kind == LineReader::Event::Kind::broken)
            return base::failure(ErrorKind::invalid, "a reply line does not end with CRLF");
        if (++partial_lines_ > settings_.reply_lines_max)
            return base::failure(ErrorKind::invalid, "a reply has too many lines");
        partial_reply_ += event.line;
        partial_reply_ += "\r\n";
        if (event.line.size() > 3 && event.line[3] == '-') continue;
        partial_lines_ = 0;
        auto reply = mail::parse_reply(std::exchange(partial_reply_, {}));
        if (!reply) return base::failure(std::move(reply.error()));
        return std::optional<Reply>(std::move(*reply));
    }
}

// RFC 5321 §3.8: 421 to anything, and the server closes.
std::optional<SmtpClient::Step> SmtpClient::take_closing(Awaited awaited, const Reply& reply) {
    usable_ = false;
    const auto answer_for = [&](const Awaited& unanswered) {
        if (unanswered.expected == Expected::rcpt) answers_[unanswered.index] = reply;
    };
    answer_for(awaited);
    for (const auto& other : awaited_) answer_for(other);
    for (const auto& other : to_send_) answer_for(other.awaited);
    awaited_.clear();
    to_send_.clear();
    if (answers_.empty()) answers_.push_back(reply);
    if (awaited.expected == Expected::body || awaited.expected == Expected::rset) end_transaction();
    return {};
}

std::optional<SmtpClient::Step> SmtpClient::unexpected(
    std::string_view command, const Reply& reply
) {
    return broken(fmt::format("unexpected reply to {}: {}", command, reply.one_line()));
}

std::optional<SmtpClient::Step> SmtpClient::take(Awaited awaited, const Reply& reply) {
    const bool refused = reply.is_temporary() || reply.is_permanent();
    switch (awaited.expected) {
        case Expected::greeting:
            if (refused) return refuse_opening(reply);
            if (reply.code() != 220) return unexpected("the connection", reply);
            queue_hello(true);
            return {};
        case Expected::ehlo:
        case Expected::helo:
            return take_hello(awaited.expected, reply);
        case Expected::starttls:
            return take_starttls(reply);
        case Expected::mail:
            if (refused)
                refuse_mail(without_our_fault(reply));
            else if (reply.code() != 250)
                return unexpected("MAIL", reply);
            return {};
        case Expected::rcpt:
            if (mail_refused_now_ ? !refused
                                  : !refused && reply.code() != 250 && reply.code() != 251)
                return unexpected("RCPT", reply);
            if (!refused) ++accepted_;
            answers_[awaited.index] = mail_refused_now_ ? *mail_refusal_ : without_our_fault(reply);
            return {};
        case Expected::data:
            if (!refused && reply.code() != 354) return unexpected("DATA", reply);
            answers_.push_back(reply);
            if (!refused) {
                in_body_ = true;
                writer_ = DataWriter();
            }
            return {};
        case Expected::body:
            if (reply.is_intermediate()) return unexpected("the message", reply);
            // A positive code nobody defined still means that they have it: not sent again, but R9.
            if (reply.is_positive() && reply.code() != 250) usable_ = false;
            answers_.push_back(reply);
            end_transaction();
            return {};
        case Expected::rset:
            if (reply.code() != 250) return unexpected("RSET", reply);
            answers_.push_back(reply);
            end_transaction();
            return {};
        case Expected::quit:
            answers_.push_back(reply);
            usable_ = false;
            return {};
    }
    return unexpected("nothing", reply);
}

void SmtpClient::end_transaction() {
    transaction_open_ = false;
    mail_command_.reset();
    mail_refusal_.reset();
    accepted_ = 0;
}

// RCPTs that are under way get an answer each, which says nothing new; the others are not sent.
void SmtpClient::refuse_mail(const Reply& reply) {
    mail_refusal_ = reply;
    mail_refused_now_ = true;
    for (const auto& unsent : to_send_) answers_[unsent.awaited.index] = reply;
    to_send_.clear();
}

std::optional<SmtpClient::Step> SmtpClient::refuse_opening(const Reply& reply) {
    answers_.assign(1, reply);
    usable_ = false;
    return {};
}

std::optional<SmtpClient::Step> SmtpClient::take_hello(Expected expected, const Reply& reply) {
    using Tls = ClientSettings::Tls;
    const bool extended = expected == Expected::ehlo;
    if (extended && reply.is_permanent()) {
        queue_hello(false);  // RFC 5321 §3.2
        return {};
    }
    if (reply.is_temporary() || reply.is_permanent()) return refuse_opening(reply);
    if (reply.code() != 250) return unexpected(extended ? "EHLO" : "HELO", reply);
    extensions_ = {};
    if (extended) read_extensions(reply);
    if (settings_.tls != Tls::off && !tls_ && extensions_.starttls) {
        queue(Expected::starttls, "STARTTLS\r\n");
        return {};
    }
    if (settings_.tls == Tls::required && !tls_) return refuse_opening(no_tls());
    answers_.assign(1, reply);
    return {};
}

std::optional<SmtpClient::Step> SmtpClient::take_starttls(const Reply& reply) {
    if (reply.code() == 220) {
        // What came with the 220 was sent in plain text by who knows whom.
        if (!input_.waiting().empty()) return broken("bytes behind the reply to STARTTLS");
        in_handshake_ = true;
        return StartTls{};
    }
    if (!reply.is_temporary() && !reply.is_permanent()) return unexpected("STARTTLS", reply);
    if (settings_.tls == ClientSettings::Tls::required) return refuse_opening(no_tls());
    answers_.assign(1, Reply(250, "Without TLS"));
    return {};
}

void SmtpClient::read_extensions(const Reply& reply) {
    for (std::size_t i = 1; i < reply.lines().size(); ++i) {
        const std::string_view line = reply.lines()[i];
        const std::string_view keyword = line.substr(0, line.find(' '));
        const auto is = [&](std::string_view name) {
            return base::equals_ignoring_case(keyword, name);
        };
        extensions_.pipelining |= is("PIPELINING");
        extensions_.eight_bit_mime |= is("8BITMIME");
        extensions_.smtputf8 |= is("SMTPUTF8");
        extensions_.dsn |= is("DSN");
        extensions_.starttls |= is("STARTTLS");
        extensions_.enhanced_codes |= is("ENHANCEDSTATUSCODES");
        if (!is("SIZE")) continue;
        extensions_.size = true;
        const std::string_view value = base::trim(line.substr(keyword.size()));
        std::uint64_t size = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
        // RFC 1870 §4: 0, or no value, is no fixed limit.
        if (error == std::errc() && end == value.data() + value.size() && size > 0)
            extensions_.size_max = size;
    }
}

}  // namespace gateway
