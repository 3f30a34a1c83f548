#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "gateway/loop.h"
#include "quarantine/outbox.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

// Sends what we are responsible for: released holds, the deliver copies of mails with mixed
// verdicts, reports and notices. Takes what is due from the outbox, relays it, writes down what
// became of it; tries again with growing delay and jitter; after give_up_after, or a refusal for
// good, the hold stays as `failed` and its owner is told. Lives on one loop; the outbox is the only
// way to it.
class Courier {
  public:
    explicit Courier(Loop& loop);

    // Until the loop stops; what has been begun then is finished. May be run again after it threw.
    base::Task<> run();
    // On the loop: look at the outbox now.
    void wake();

  private:
    using Batch = std::vector<quarantine::Outgoing>;  // one message, one back end, the same fields:
                                                      // one transaction
    // One of the `parallel` places. When it ends before its rows were written down, as it does when
    // memory runs out in the middle, they are to be freed.
    class Place {
      public:
        explicit Place(Courier& courier) : courier_(&courier) { ++courier.under_way_; }
        Place(Place&& other) noexcept : courier_(std::exchange(other.courier_, nullptr)) {}
        Place& operator=(Place&&) = delete;
        ~Place() { end(false); }
        void end(bool is_written) {
            if (courier_ == nullptr) return;
            auto& courier = *std::exchange(courier_, nullptr);
            --courier.under_way_;
            if (!is_written) courier.has_orphans_ = true;
        }

      private:
        Courier* courier_;
    };

    base::Task<base::Result<void>> free_orphans();
    base::Task<base::Result<void>> follow_clock();
    base::Task<base::Result<void>> begin_due();
    base::Task<> send(Batch batch, Place place);
    base::Task<std::vector<mail::Reply>> try_now(const Batch& batch, Route route);
    // True when it is written down.
    base::Task<bool> finish(const Batch& batch, const std::vector<mail::Reply>& answers);
    base::Task<base::Result<mail::MessageBytes>> bytes_of(std::int64_t mail_row);
    base::Task<> pause();
    std::vector<Batch> batches_of(std::vector<quarantine::Outgoing> due) const;

    Loop& loop_;
    boost::asio::steady_timer timer_{loop_.context()};
    bool woken_ = false;
    std::uint64_t under_way_ = 0;  // batches, at most `parallel`
    // Rows may be marked as being sent that nobody sends: at the start those of the last run.
    bool has_orphans_ = true;
    bool is_taking_ = false;  // still true after begin_due(): what it took has no place
    // When the clocks were last compared. Only the wall clock jumps.
    base::Time wall_at_;
    std::chrono::steady_clock::time_point steady_at_;
    // What is on its way to a back end, by the route's key. One that was silent the last time is
    // tried by one batch at a time: the others must not take every place from the mail for those
    // that answer.
    struct Way {
        std::uint64_t batches = 0;
        bool is_silent = false;
    };
    // Counts a batch on its way for as long as it lives.
    struct OnItsWay {
        explicit OnItsWay(Way& the_way) : way(the_way) { ++way.batches; }
        OnItsWay(const OnItsWay&) = delete;
        OnItsWay& operator=(const OnItsWay&) = delete;
        ~OnItsWay() { --way.batches; }
        Way& way;
    };
    std::map<std::string, Way> ways_;
};

// The route to a recipient's back end, or to `[courier] relay` (default: the first domain's back
// end) for foreign domains.
Route route_to(const conf::Settings& settings, const mail::Domain& domain);

}  // namespace gateway
