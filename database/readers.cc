#include "database/readers.h"

#include <exception>
#include <utility>

namespace database {

Readers::Readers(
    std::vector<std::unique_ptr<Connection>> connections,
    std::size_t jobs_waiting_max,
    base::Log& log
)
    : connections_(std::move(connections)), jobs_waiting_max_(jobs_waiting_max), log_(log) {
    for (auto& connection : connections_)
        threads_.emplace_back([this, reading = connection.get()] { run(*reading); });
}

Readers::~Readers() {
    close();
}

void Readers::add(Job job, Done done) {
    std::unique_lock lock(mutex_);
    if (auto refused = refusal()) {
        lock.unlock();
        done(base::failure(std::move(*refused)));
        return;
    }
    waiting_.push_back({std::move(job), std::move(done)});
    // After the lock: who wakes up would only wait for it.
    lock.unlock();
    wake_.notify_one();
}

std::optional<base::Error> Readers::refusal() const {
    if (closing_) return base::Error{base::ErrorKind::trouble, "the store is closed"};
    if (waiting_.size() < jobs_waiting_max_) return std::nullopt;
    return base::Error{
        base::ErrorKind::limit, fmt::format("{} jobs are waiting for the readers", waiting_.size())
    };
}

void Readers::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    connections_.clear();
}

void Readers::run(Connection& connection) {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        auto result = run_job(connection, next.job);
        next.job = nullptr;
        next.done(std::move(result));
        lock.lock();
    }
}

base::Result<void> Readers::run_job(Connection& connection, Job& job) {
    if (auto begun = connection.execute("BEGIN"); !begun)
        return base::failure(std::move(begun.error()));
    Snapshot snapshot(connection);
    base::Result<void> result;
    try {
        result = job(snapshot);
    } catch (const std::exception& thrown) {
        log_.error("store_job_threw", {{"what", thrown.what()}});
        result = base::failure(base::ErrorKind::trouble, "a job threw: {}", thrown.what());
    }
    // Nothing was written, so that either end is the same; an error has ended it already.
    if (connection.in_transaction()) {
        if (auto ended = connection.execute("COMMIT"); !ended && result)
            result = base::failure(std::move(ended.error()));
    }
    return result;
}

}  // namespace database
