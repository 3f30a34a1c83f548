#include "database/writer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace database {
namespace {

using std::chrono::steady_clock;

// A group ends at either bound, so that the first of it does not wait for a long row of big mails.
constexpr std::size_t group_jobs_max = 1000;
constexpr auto group_work_max = std::chrono::milliseconds(100);
constexpr auto proof_interval = std::chrono::seconds(1);
// Pages of the log: from the first on it is copied into the file without waiting for readers, from
// the second on readers are waited for, but not for long, and the log file is emptied.
constexpr int log_pages_passive = 1000;
constexpr int log_pages_truncate = 16'384;
constexpr auto patience_with_readers = std::chrono::milliseconds(200);
constexpr auto truncate_interval = std::chrono::seconds(5);
constexpr std::uint64_t reusable_bytes_kept = 64ULL * 1024 * 1024;

double seconds_between(steady_clock::time_point from, steady_clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Writer::Writer(
    std::unique_ptr<Connection> connection,
    Open open,
    DiskRoom& room,
    std::size_t jobs_waiting_max,
    base::Log& log,
    metrics::Monitor& monitor
)
    : connection_(std::move(connection)),
      open_(std::move(open)),
      room_(room),
      jobs_waiting_max_(jobs_waiting_max),
      log_(log),
      measures_(monitor) {
    keep_house();
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    (void)close();
}

void Writer::add(Job job, Done done) {
    base::Error refused;
    {
        const std::lock_guard lock(mutex_);
        if (closing_) {
            refused = {base::ErrorKind::trouble, "the store is closed"};
        } else if (refusing_) {
            refused = refused_because_;
        } else if (waiting_.size() >= jobs_waiting_max_) {
            refused = {
                base::ErrorKind::limit,
                fmt::format("{} jobs are waiting for the writer", waiting_.size())
            };
        } else {
            waiting_.push_back({std::move(job), std::move(done), steady_clock::now()});
            wake_.notify_one();
            return;
        }
    }
    measures_.refused_jobs.add();
    done(base::failure(std::move(refused)));
}

std::size_t Writer::jobs_waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::unique_ptr<Connection> Writer::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    return std::move(connection_);
}

void Writer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        measures_.pulse.beat();
        if (!accepts()) {
            lock.unlock();
            auto proved = prove();
            lock.lock();
            if (proved) {
                refusing_ = false;
                accepts_ = true;
                log_.warning("store_writes_again", {});
                continue;
            }
            refusing_ = true;
            refused_because_ = std::move(proved.error());
            refuse_waiting(lock);
            if (closing_) break;
            wake_.wait_for(lock, proof_interval, [this] { return closing_; });
            continue;
        }
        if (waiting_.empty()) {
            if (closing_) break;
            measures_.pulse.rest();
            wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
            continue;
        }
        lock.unlock();
        commit_group();
        if (accepts()) keep_house();
        lock.lock();
    }
    measures_.pulse.rest();
}

void Writer::commit_group() {
    std::vector<Ran> group;
    base::Error lost;
    if (auto begun = connection_->execute("BEGIN IMMEDIATE"); !begun) {
        lost = std::move(begun.error());
        std::deque<Waiting> refused;
        {
            const std::lock_guard lock(mutex_);
            refused.swap(waiting_);
        }
        for (auto& one : refused) group.push_back({std::move(one.done), {}, one.since});
        // Somebody else holds the write lock: nothing is wrong with the disk.
        if (lost.kind == base::ErrorKind::timeout) {
            for (auto& one : group) one.done(base::failure(lost));
            return;
        }
        fail(group, lost);
        return;
    }
    if (!run_jobs(group, lost)) {
        fail(group, lost);
        return;
    }
    const auto before = steady_clock::now();
    if (auto committed = connection_->execute("COMMIT"); !committed) {
        fail(group, committed.error());
        return;
    }
    const auto now = steady_clock::now();
    measures_.commit_seconds.observe(seconds_between(before, now));
    measures_.group_jobs.observe(static_cast<double>(group.size()));
    for (const auto& one : group) measures_.write_seconds.observe(seconds_between(one.since, now));
    for (auto& one : group) one.done(std::move(one.result));
}

// False when SQLite has undone the whole transaction.
bool Writer::run_jobs(std::vector<Ran>& group, base::Error& lost) {
    const auto end = steady_clock::now() + group_work_max;
    while (group.size() < group_jobs_max && (group.empty() || steady_clock::now() < end)) {
        Waiting next;
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.empty()) break;
            next = std::move(waiting_.front());
            waiting_.pop_front();
        }
        measures_.pulse.beat();
        auto result = run_job(next.job);
        next.job = nullptr;  // what it captured goes before its waiter goes on
        const bool is_lost = !connection_->in_transaction();
        if (is_lost && result)
            result = base::failure(base::ErrorKind::trouble, "a job ended the transaction");
        if (is_lost) lost = result.error();
        group.push_back({std::move(next.done), std::move(result), next.since});
        if (is_lost) return false;
    }
    return true;
}

base::Result<void> Writer::run_job(Job& job) {
    if (auto marked = connection_->execute("SAVEPOINT job"); !marked)
        return base::failure(std::move(marked.error()));
    Transaction transaction(*connection_);
    base::Result<void> result;
    try {
        result = job(transaction);
    } catch (const std::exception& thrown) {
        log_.error("store_job_threw", {{"what", thrown.what()}});
        result = base::failure(base::ErrorKind::trouble, "a job threw: {}", thrown.what());
    }
    if (!connection_->in_transaction()) return result;
    if (!result) {
        if (result.error().kind == base::ErrorKind::disk_full) room_.give_up_reserve();
        if (auto undone = connection_->execute("ROLLBACK TO job"); !undone) {
            // Without it the job's changes would be committed: give up the group.
            log_.error("store_undo_failed", {{"error", undone.error().text}});
            (void)connection_->execute("ROLLBACK");
            return result;
        }
    }
    if (auto released = connection_->execute("RELEASE job"); !released) {
        (void)connection_->execute("ROLLBACK");
        return base::failure(std::move(released.error()));
    }
    return result;
}

void Writer::fail(const std::vector<Ran>& group, const base::Error& error) {
    log_.error(
        "store_commit_failed", {{"error", error.text}, {"jobs", std::to_string(group.size())}}
    );
    measures_.failed_groups.add();
    accepts_ = false;
    connection_.reset();  // undoes what is open
    if (error.kind == base::ErrorKind::disk_full) room_.give_up_reserve();
    for (const auto& one : group) one.done(base::failure(error, "the commit failed"));
}

base::Result<void> Writer::prove() {
    auto opened = open_();
    if (!opened) return base::failure(std::move(opened.error()));
    auto proved = (*opened)->run_script(
        "BEGIN IMMEDIATE;"
        "INSERT INTO store_state(name, value) VALUES('proof', 1) "
        "ON CONFLICT(name) DO UPDATE SET value = value + 1;"
        "COMMIT"
    );
    if (!proved) {
        if (proved.error().kind == base::ErrorKind::disk_full) room_.give_up_reserve();
        return base::failure(proved.error(), "the store cannot be written");
    }
    connection_ = std::move(*opened);
    return {};
}

void Writer::refuse_waiting(std::unique_lock<std::mutex>& lock) {
    std::deque<Waiting> refused;
    refused.swap(waiting_);
    const base::Error error = refused_because_;
    lock.unlock();
    measures_.refused_jobs.add(refused.size());
    for (auto& one : refused) {
        one.job = nullptr;
        one.done(base::failure(error));
    }
    lock.lock();
}

// After those who wait have been told. None of it is needed for a promise, so that an error is only
// logged; what it hints at comes back as the next commit's error.
void Writer::keep_house() {
    shorten_log();
    auto free_pages = connection_->integer_of("PRAGMA freelist_count");
    auto page_bytes = connection_->integer_of("PRAGMA page_size");
    if (free_pages && page_bytes)
        reusable_bytes_ =
            static_cast<std::uint64_t>(*free_pages) * static_cast<std::uint64_t>(*page_bytes);
    room_.make_reserve();
    shrink();
}

// Mail waits while this runs, so that a reader who stays in the log is not waited for: the log
// grows until they have gone, and it is said every time that emptying it was tried in vain.
void Writer::shorten_log() {
    const int pages = connection_->log_pages();
    if (pages <= log_pages_passive) return;
    const auto now = steady_clock::now();
    const bool is_long = pages > log_pages_truncate && now >= next_truncate_;
    auto done = is_long ? connection_->checkpoint(Checkpoint::truncate, patience_with_readers)
                        : connection_->checkpoint(Checkpoint::passive);
    if (done) return;
    if (is_long) next_truncate_ = now + truncate_interval;
    if (is_long && done.error().kind == base::ErrorKind::timeout)
        log_.warning(
            "store_log_not_emptied",
            {{"log_pages", std::to_string(pages)},
             {"why", "somebody has been reading the store in one long transaction"},
             {"advice",
              "end it: the -wal file grows until then, and mail gets a 452 when it has "
              "taken the disk"}}
        );
    else
        log_.warning(
            "store_checkpoint_failed",
            {{"error", done.error().text}, {"log_pages", std::to_string(pages)}}
        );
}

// Gives free pages back to the file system, a few at a time: when the disk is scarce, or when more
// is free than the next mails will use.
void Writer::shrink() {
    const std::uint64_t reusable = reusable_bytes();
    if (reusable == 0 || (reusable < reusable_bytes_kept && !room_.is_scarce())) return;
    // It writes to the log before the file gets shorter: a log that cannot be emptied would only
    // grow by it.
    if (connection_->log_pages() > log_pages_truncate) return;
    if (auto done = connection_->run_script("PRAGMA incremental_vacuum(500)"); !done)
        log_.warning("store_shrink_failed", {{"error", done.error().text}});
}

}  // namespace database
