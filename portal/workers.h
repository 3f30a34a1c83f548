#pragma once

#include "base/async.h"
#include "base/result.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace portal {

// Counts up for as long as it lives.
struct Counted {
    explicit Counted(std::size_t& number) : count(number) { ++count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count; }
    std::size_t& count;
};

// A few threads for what would block the loop: hashing, taking mails apart. Bounded: what does not
// fit is refused at once instead of waiting in memory. Called from one loop only.
class Workers {
  public:
    Workers(std::size_t threads, std::size_t jobs_max) : pool_(threads), jobs_max_(jobs_max) {}

    // Runs `job` (Result<T>()) on a thread and resumes on the caller's executor. Error limit: too
    // many wait already.
    template <class Job, class Outcome = std::invoke_result_t<Job&>>
    base::Task<Outcome> run(Job job) {
        if (jobs_ >= jobs_max_) {
            co_return base::failure(base::ErrorKind::limit, "too many jobs wait for a worker");
        }
        const Counted place(jobs_);
        base::Task<Outcome> running = on_thread<Outcome>(std::move(job));
        co_return co_await base::asio::co_spawn(
            pool_.get_executor(), std::move(running), base::asio::use_awaitable
        );
    }

    // Waits for what runs.
    void join() { pool_.join(); }

  private:
    template <class Outcome, class Job>
    static base::Task<Outcome> on_thread(Job job) {
        co_return job();
    }

    base::asio::thread_pool pool_;
    std::size_t jobs_max_;
    std::size_t jobs_ = 0;
};

}  // namespace portal
