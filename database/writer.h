#pragma once

#include "base/log.h"
#include "base/result.h"
#include "database/connection.h"
#include "database/disk_room.h"
#include "database/measures.h"
#include "database/statement.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace database {

// The one thread that changes the store. Everything that waits goes into one BEGIN IMMEDIATE …
// COMMIT, each job in a SAVEPOINT, and those who wait are told after the commit is on the disk.
//
// After a failed commit (or when SQLite has undone the whole transaction by itself) every job of
// the group gets the error, the connection is thrown away, and nothing is written before a new
// connection has proved a write and a sync; tried at once and then every second.
class Writer {
  public:
    using Job = std::function<base::Result<void>(Transaction&)>;
    using Done = std::function<void(base::Result<void>)>;  // called once, on any thread
    using Open = std::function<base::Result<std::unique_ptr<Connection>>()>;

    Writer(
        std::unique_ptr<Connection> connection,
        Open open,
        DiskRoom& room,
        std::size_t jobs_waiting_max,
        base::Log& log,
        metrics::Monitor& monitor
    );
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Refusals (limit; closed; writes not accepted) reach `done` too.
    void add(Job job, Done done);
    std::size_t jobs_waiting() const;
    bool accepts() const { return accepts_.load(std::memory_order_relaxed); }
    // Free pages inside the file, as of the last commit.
    std::uint64_t reusable_bytes() const { return reusable_bytes_.load(std::memory_order_relaxed); }
    // Finishes what waits and joins. The connection is given back for the last steps; null when it
    // was lost and could not be proved again.
    std::unique_ptr<Connection> close();

  private:
    struct Waiting {
        Job job;
        Done done;
        std::chrono::steady_clock::time_point since;
    };
    struct Ran {
        Done done;
        base::Result<void> result;
        std::chrono::steady_clock::time_point since;
    };

    void run();
    void commit_group();
    bool run_jobs(std::vector<Ran>& group, base::Error& lost);
    base::Result<void> run_job(Job& job);
    void fail(const std::vector<Ran>& group, const base::Error& error);
    base::Result<void> prove();
    void refuse_waiting(std::unique_lock<std::mutex>& lock);
    void keep_house();
    void shorten_log();
    void shrink();

    std::unique_ptr<Connection> connection_;
    Open open_;
    DiskRoom& room_;
    const std::size_t jobs_waiting_max_;
    base::Log& log_;
    WriterMeasures measures_;

    std::atomic<bool> accepts_ = true;
    std::atomic<std::uint64_t> reusable_bytes_ = 0;

    std::chrono::steady_clock::time_point next_truncate_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Waiting> waiting_;
    bool closing_ = false;
    bool refusing_ = false;  // a proof has failed; jobs are refused at once
    base::Error refused_because_;

    std::thread thread_;
};

}  // namespace database
