#pragma once

#include "gateway/backend_pool.h"
#include "mail/envelope.h"
#include "mail/message_bytes.h"
#include "mail/reply.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// What became of one message on its way to one back end: the answer for each recipient, in the
// order of the envelope. A recipient refused at RCPT has that refusal; the others have the reply to
// the message.
struct RelayOutcome {
    std::vector<mail::Reply> answers;
    std::string
        trouble;  // for the log, when an answer is ours because the back end did not give one
};

// One whole transaction over a pooled connection. `all_or_nothing`: when any recipient is refused
// nothing is sent.
enum class Refused { send_to_the_others, send_nothing };
base::Task<RelayOutcome> relay(
    BackendPool& pool,
    Route route,
    const mail::Envelope& envelope,
    std::string_view fields,
    const mail::MessageBytes& bytes,
    Refused refused
);

// The back end's side of a message that is still being received: its recipients are asked one by
// one while the client speaks, and the message follows on the same connection. A client that
// dawdles loses the connection (let_go) and not the transaction: it is made anew when the message
// is there.
class BackendTransaction {
  public:
    BackendTransaction(BackendPool& pool, Services& services, Route route)
        : pool_(pool), services_(services), route_(std::move(route)) {}
    BackendTransaction(const BackendTransaction&) = delete;
    BackendTransaction& operator=(const BackendTransaction&) = delete;

    const Route& route() const { return route_; }

    // The back end's own answer. When it is slow or down and the recipient is known from before:
    // our 250.
    base::Task<mail::Reply> ask(const mail::Envelope& envelope, const mail::Recipient& recipient);

    // The message to all recipients of `envelope`, which are those that were accepted. One answer
    // for all: what a back end that changed its mind about one of them says becomes a temporary
    // failure.
    base::Task<mail::Reply> send(
        const mail::Envelope& envelope, std::string_view fields, const mail::MessageBytes& bytes
    );

    // Gives the connection back when it has not been used for `idle`. Not while an exchange is
    // under way.
    void let_go_when_idle(std::chrono::steady_clock::duration idle);

  private:
    base::Task<base::Result<mail::Reply>> ask_now(
        const mail::Envelope& envelope, const mail::Recipient& recipient, Timeout limit
    );
    base::Task<base::Result<mail::Reply>> send_on_lease(
        std::string_view fields, const mail::MessageBytes& bytes
    );

    BackendPool& pool_;
    Services& services_;
    Route route_;
    Lease lease_;
    bool busy_ = false;
    std::size_t on_lease_ = 0;  // recipients the current connection has accepted
    std::chrono::steady_clock::time_point last_used_;
};

}  // namespace gateway
