#pragma once

#include "base/async.h"
#include "gateway/loop.h"
#include "quarantine/outbox.h"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gateway {

// Sends what we are responsible for: released holds, the deliver copies of mails with mixed
// verdicts, reports and notices. Takes what is due from the outbox, relays it, writes down what
// became of it; tries again with growing delay and jitter; after give_up_after, or a refusal for
// good, the hold stays as `failed` and its owner is told. Lives on one loop; the outbox is the only
// way to it.
class Courier {
  public:
    explicit Courier(Loop& loop) : loop_(loop) {}

    // Until the loop stops; what has been begun then is finished.
    base::Task<> run();
    // On the loop: look at the outbox now.
    void wake();

  private:
    using Batch = std::vector<quarantine::Outgoing>;  // one message, one back end, the same fields:
                                                      // one transaction
    base::Task<base::Result<void>> begin_due();
    base::Task<> send(Batch batch);
    base::Task<std::vector<mail::Reply>> try_now(const Batch& batch, Route route);
    base::Task<> finish(const Batch& batch, const std::vector<mail::Reply>& answers);
    base::Task<base::Result<mail::MessageBytes>> bytes_of(std::int64_t mail_row);
    base::Task<> pause();
    std::vector<Batch> batches_of(std::vector<quarantine::Outgoing> due) const;

    Loop& loop_;
    boost::asio::steady_timer timer_{loop_.context()};
    bool woken_ = false;
    std::uint64_t under_way_ = 0;  // batches, at most `parallel`
    // What is on its way to a back end, by the route's key. One that was silent the last time is
    // tried by one batch at a time: the others must not take every place from the mail for those
    // that answer.
    struct Way {
        std::uint64_t batches = 0;
        bool is_silent = false;
    };
    std::map<std::string, Way> ways_;
};

// The route to a recipient's back end, or to `[courier] relay` (default: the first domain's back
// end) for foreign domains.
Route route_to(const conf::Settings& settings, const mail::Domain& domain);

}  // namespace gateway
