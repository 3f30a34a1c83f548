// The part of the session between DATA and the reply to the message.

#include "base/ensure.h"
#include "gateway/smtp_replies.h"
#include "gateway/smtp_session.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

using mail::EnhancedCode;
using mail::Reply;

// R10: draining a message that is too large is bounded by twice the limit. The same factor is
// allowed to a declared size, because many clients count LF for CRLF or leave out the last line
// end; RFC 1870 §6.3: what goes beyond may be refused after DATA.
std::uint64_t twice(std::uint64_t bytes) {
    constexpr std::uint64_t leeway = 1024;
    return bytes > UINT64_MAX / 4 ? UINT64_MAX / 2 : 2 * bytes + leeway;
}

}  // namespace

SmtpSession::Step SmtpSession::start_message() {
    auto& transaction = *transaction_;
    if (transaction.refusal) {
        after_refused_data_ = true;
        return refuse_received();
    }
    const auto& declared = transaction.envelope.declared_size;
    const auto limit = settings_.offer.message_bytes_max;
    transaction.bytes_max = declared ? std::min(limit, twice(*declared)) : limit;
    transaction.data.emplace(settings_.line_ends);
    state_ = State::message;
    say(Reply(354, "End data with <CR><LF>.<CR><LF>"));
    return *flush();
}

SmtpSession::Step SmtpSession::read_message() {
    auto& transaction = *transaction_;
    auto& data = *transaction.data;
    if (data.complete()) return finish_message();
    part_.clear();
    input_.take(data.feed(input_.waiting(), part_));
    // R10: bytes count as they came; only the end of data itself is not the message's.
    constexpr std::uint64_t end_bytes = 3;
    const auto limit = settings_.offer.message_bytes_max;
    if (!transaction.refusal && data.bytes_seen() > transaction.bytes_max + end_bytes)
        transaction.refusal =
            transaction.bytes_max == limit
                ? replies::message_too_large(limit)
                : Reply(552, EnhancedCode{5, 3, 4}, "The message is larger than its SIZE= said");
    if (!data.complete() && data.bytes_seen() > twice(limit)) {
        transaction.hopeless = true;
        transaction.refusal = replies::message_too_large(limit);
        return refuse_received();
    }
    const bool wanted = !transaction.refusal && !data.has_bad_line_ends();
    if (wanted && !part_.empty()) return MessagePart{part_};
    if (data.complete()) return finish_message();
    return ReadMore{Waiting::message};
}

SmtpSession::Step SmtpSession::finish_message() {
    auto& transaction = *transaction_;
    if (transaction.data->has_bad_line_ends()) {
        transaction.hopeless = true;  // R2
        transaction.refusal = replies::bad_line_ends();
    }
    if (transaction.refusal) return refuse_received();
    state_ = State::answer;
    return EndMessage{&transaction.envelope};
}

SmtpSession::Step SmtpSession::refuse_received() {
    state_ = State::refused;
    return MessageRefused{&transaction_->envelope, &*transaction_->refusal};
}

SmtpSession::Step SmtpSession::after_refused_message() {
    const bool hopeless = transaction_->hopeless;
    const Reply reply = std::move(*transaction_->refusal);
    transaction_.reset();
    part_ = std::string();
    state_ = State::commands;
    must_flush_ = true;
    if (hopeless)
        close_with(reply);
    else
        say(reply);
    return next_command();
}

void SmtpSession::refuse_message(Reply reply) {
    base::ensure(
        state_ == State::begin || state_ == State::message, "only a message under way is refused"
    );
    base::ensure(!reply.is_positive() && !reply.is_intermediate(), "a refusal is 4xx or 5xx");
    if (!transaction_->refusal) transaction_->refusal = std::move(reply);
}

void SmtpSession::message_answer(Reply reply) {
    base::ensure(state_ == State::answer, "the message's answer was asked for");
    if (reply.code() == 421 || reply.is_intermediate()) reply = replies::not_ours(reply);
    transaction_.reset();
    part_ = std::string();  // the connection may idle from here on
    state_ = State::commands;
    // The client must learn at once that we have it, or it sends it again.
    must_flush_ = true;
    if (reply.is_positive()) errors_ = empty_commands_ = 0;
    say(reply);
}

}  // namespace gateway
