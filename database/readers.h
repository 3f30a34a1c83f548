#pragma once

#include "base/log.h"
#include "base/result.h"
#include "database/connection.h"
#include "database/statement.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace database {

// A few threads, each with a read-only connection of its own; each job sees one state of the store.
// A job must be short: while it reads, the log behind it cannot be emptied.
class Readers {
  public:
    using Job = std::function<base::Result<void>(Snapshot&)>;
    using Done = std::function<void(base::Result<void>)>;

    Readers(
        std::vector<std::unique_ptr<Connection>> connections,
        std::size_t jobs_waiting_max,
        base::Log& log
    );
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    void add(Job job, Done done);
    // Finishes what waits, joins and closes the connections.
    void close();

  private:
    struct Waiting {
        Job job;
        Done done;
    };
    // Why nothing more is taken now. Under the lock.
    std::optional<base::Error> refusal() const;
    void run(Connection& connection);
    base::Result<void> run_job(Connection& connection, Job& job);

    std::vector<std::unique_ptr<Connection>> connections_;
    const std::size_t jobs_waiting_max_;
    base::Log& log_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Waiting> waiting_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace database
