#include "gateway/backend_transaction.h"

#include "base/ensure.h"
#include "gateway/smtp_replies.h"

#include <algorithm>

namespace gateway {

using base::failure;
using base::Result;
using base::Task;
using std::chrono::steady_clock;

namespace {

// DATA, the message and the reply, on a connection whose recipients have been accepted.
Task<Result<mail::Reply>> send_data(
    BackendConnection& connection, std::string_view fields, const mail::MessageBytes& bytes
) {
    auto& dialogue = connection.dialogue();
    dialogue.data();
    const Result<void> begun = co_await connection.perform(no_limit);
    if (!begun) co_return failure(begun.error());
    if (!dialogue.answer().is_intermediate()) co_return dialogue.answer();
    const Result<void> sent = co_await connection.send_message(fields, bytes);
    if (!sent) co_return failure(sent.error());
    ++connection.transactions;
    co_return dialogue.answer();
}

}  // namespace

Task<RelayOutcome> relay(
    BackendPool& pool,
    Route route,
    const mail::Envelope& envelope,
    std::string_view fields,
    const mail::MessageBytes& bytes,
    Refused refused
) {
    RelayOutcome outcome;
    const auto for_all = [&](const mail::Reply& reply, std::string trouble) {
        outcome.answers.assign(envelope.recipients.size(), reply);
        outcome.trouble = std::move(trouble);
    };
    Result<Lease> lease = co_await pool.take(route, pool.patience());
    if (!lease) {
        for_all(replies::backend_unreachable(), lease.error().text);
        co_return outcome;
    }
    auto& dialogue = (*lease)->dialogue();
    dialogue.mail(envelope, bytes.size() + fields.size());
    dialogue.recipients(envelope.recipients);
    const Result<void> asked = co_await (*lease)->perform(no_limit);
    if (!asked) {
        lease->failed();
        for_all(replies::backend_unreachable(), asked.error().text);
        co_return outcome;
    }
    outcome.answers = dialogue.answers();
    base::ensure(
        outcome.answers.size() == envelope.recipients.size(), "one answer for each recipient"
    );
    const auto accepted = [](const mail::Reply& reply) { return reply.is_positive(); };
    const bool any = std::any_of(outcome.answers.begin(), outcome.answers.end(), accepted);
    const bool all = std::all_of(outcome.answers.begin(), outcome.answers.end(), accepted);
    if (!any || (!all && refused == Refused::send_nothing)) co_return outcome;
    const Result<mail::Reply> answer = co_await send_data(*lease->operator->(), fields, bytes);
    if (answer)
        lease->answered();
    else
        lease->failed();
    if (!answer) outcome.trouble = answer.error().text;
    for (auto& reply : outcome.answers)
        if (reply.is_positive()) reply = answer ? *answer : replies::backend_unreachable();
    co_return outcome;
}

Task<mail::Reply> BackendTransaction::ask(
    const mail::Envelope& envelope, const mail::Recipient& recipient
) {
    const std::string key = recipient.address.key();
    const auto settings = services_.current()->settings;
    const bool known = services_.recipients.knows(key, steady_clock::now());
    Timeout limit = settings->backend.command_timeout;
    if (known) limit = std::min(limit, settings->backend.recipient_cache_after);
    busy_ = true;
    Result<mail::Reply> answer = co_await ask_now(envelope, recipient, limit);
    busy_ = false;
    last_used_ = steady_clock::now();
    if (answer && !answer->is_temporary()) {
        if (answer->is_positive()) {
            ++on_lease_;
            services_.recipients.accepted(key, last_used_);
        } else {
            services_.recipients.refused(key);
        }
        co_return *answer;
    }
    if (!answer) {
        if (lease_) lease_.failed();
        lease_.end();
        on_lease_ = 0;
        services_.log.warning(
            "backend_trouble",
            {{"backend", route_.endpoint.text()},
             {"recipient", key},
             {"error", answer.error().text},
             {"answered_from_cache", known ? "yes" : "no"}}
        );
        if (known) co_return replies::recipient_accepted();
        co_return replies::backend_unreachable();
    }
    co_return *answer;
}

Task<Result<mail::Reply>> BackendTransaction::ask_now(
    const mail::Envelope& envelope, const mail::Recipient& recipient, Timeout limit
) {
    // A kept connection may have been closed by the other side just now: nothing was sent on it, so
    // one more try on another is safe.
    for (int tries = 0;; ++tries) {
        if (!lease_) {
            on_lease_ = 0;
            Result<Lease> lease = co_await pool_.take(route_, limit);
            if (!lease) co_return failure(lease.error());
            lease_ = std::move(*lease);
            lease_->dialogue().mail(envelope, envelope.declared_size);
        }
        const bool first_on_kept = lease_->transactions > 0 && on_lease_ == 0;
        lease_->dialogue().recipient(recipient);
        const Result<void> asked = co_await lease_->perform(limit);
        if (asked) co_return lease_->dialogue().answer();
        if (!first_on_kept || tries > 0 || asked.error().kind == base::ErrorKind::timeout)
            co_return failure(asked.error());
        lease_.end();
    }
}

Task<mail::Reply> BackendTransaction::send(
    const mail::Envelope& envelope, std::string_view fields, const mail::MessageBytes& bytes
) {
    busy_ = true;
    if (lease_ && on_lease_ == envelope.recipients.size()) {
        Result<mail::Reply> answer = co_await send_data(*lease_.operator->(), fields, bytes);
        if (answer)
            lease_.answered();
        else
            lease_.failed();
        lease_.end();
        busy_ = false;
        if (answer) co_return *answer;
        services_.log.warning(
            "backend_trouble", {{"backend", route_.endpoint.text()}, {"error", answer.error().text}}
        );
        co_return replies::backend_unreachable();
    }
    lease_.end();
    RelayOutcome outcome =
        co_await relay(pool_, route_, envelope, fields, bytes, Refused::send_nothing);
    busy_ = false;
    if (!outcome.trouble.empty())
        services_.log.warning(
            "backend_trouble", {{"backend", route_.endpoint.text()}, {"error", outcome.trouble}}
        );
    // A recipient that was accepted from memory and is refused now: the client asks again, and RCPT
    // will say so.
    for (std::size_t i = 0; i < outcome.answers.size(); ++i)
        if (outcome.answers[i].is_permanent())
            services_.recipients.refused(envelope.recipients[i].address.key());
    const auto& first = outcome.answers.front();
    const bool one_for_all = std::all_of(
        outcome.answers.begin(), outcome.answers.end(), [&](const auto& r) { return r == first; }
    );
    if (one_for_all) co_return first;
    co_return replies::backend_unreachable();
}

void BackendTransaction::let_go_when_idle(steady_clock::duration idle) {
    if (!lease_ || busy_ || steady_clock::now() - last_used_ < idle) return;
    lease_.end();
    on_lease_ = 0;
}

}  // namespace gateway
