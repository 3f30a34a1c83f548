#pragma once

#include "base/async.h"
#include "base/log.h"
#include "base/result.h"
#include "database/statement.h"
#include "metrics/monitor.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace database {

// One step forward of a room's tables. `version` counts from 1 within the room; `sql` may be
// several statements.
struct Migration {
    int version;
    std::string_view sql;
};
// The tables of one room ("quarantine") as the row of steps that made them.
struct Schema {
    std::string_view room;
    std::span<const Migration> migrations;
};

enum class Owner {
    server,  // `postern serve`: the only one; takes the lock, migrates, checks integrity
    guest    // a sub-command beside it: takes no lock, does not migrate, waits for the write lock
};

struct StoreSettings {
    std::filesystem::path file;
    Owner owner = Owner::server;
    std::uint64_t disk_reserve_bytes = 0;
    int readers = 4;
    std::size_t jobs_waiting_max = 10'000;  // past this write() answers `limit`
    metrics::Monitor* monitor = nullptr;    // must outlive the store; null: nobody looks
};

// The one SQLite file: WAL, synchronous=FULL, one writer thread with group commit, a few reader
// threads. A guest opens the same file from another process. Thread-safe. SQL stands in the rooms
// that own the tables, not here.
class Store {
  public:
    // Errors, each with what to do in its text: in_use (another server owns it), newer_version,
    // corrupt (quick_check or not a database), disk_full, not_found (guest, and no file), trouble.
    static base::Result<std::unique_ptr<Store>> open(
        const StoreSettings& settings, std::span<const Schema> schemas, base::Log& log
    );
    virtual ~Store() = default;

    // Runs `job` (Result<T>(Transaction&)) on the writer thread and resumes on the caller's
    // executor after the commit that holds it is on the disk. An error of the job undoes the job
    // alone; an error of the commit reaches every job of the group. Name the job first and
    // std::move it in: no lambda inside the co_await statement.
    template <class Job, class Result = std::invoke_result_t<Job&, Transaction&>>
    base::Task<Result> write(Job job) {
        auto outcome = std::make_shared<Outcome<Result>>();
        std::function<base::Result<void>(Transaction&)> step =
            [outcome, job = std::move(job)](Transaction& transaction) mutable {
                return outcome->run(job, transaction);
            };
        base::Result<void> committed = co_await write_job(std::move(step));
        co_return outcome->take(std::move(committed));
    }

    // Runs `job` (Result<T>(Snapshot&)) on a reader thread.
    template <class Job, class Result = std::invoke_result_t<Job&, Snapshot&>>
    base::Task<Result> read(Job job) {
        auto outcome = std::make_shared<Outcome<Result>>();
        std::function<base::Result<void>(Snapshot&)> step =
            [outcome, job = std::move(job)](Snapshot& snapshot) mutable {
                return outcome->run(job, snapshot);
            };
        base::Result<void> done = co_await read_job(std::move(step));
        co_return outcome->take(std::move(done));
    }

    // The same for sub-commands and tests: waits on the calling thread, which must not be a loop's.
    template <class Job, class Result = std::invoke_result_t<Job&, Transaction&>>
    Result write_and_wait(Job job) {
        Outcome<Result> outcome;
        auto committed = write_job_and_wait([&](Transaction& t) { return outcome.run(job, t); });
        return outcome.take(std::move(committed));
    }
    template <class Job, class Result = std::invoke_result_t<Job&, Snapshot&>>
    Result read_and_wait(Job job) {
        Outcome<Result> outcome;
        auto done = read_job_and_wait([&](Snapshot& s) { return outcome.run(job, s); });
        return outcome.take(std::move(done));
    }

    // Refuse new mail (452) when this is false; releasing and deleting still work. Looked up at
    // most once a second.
    virtual bool has_room_for(std::uint64_t bytes) = 0;
    // False after a failed commit or sync until a write and a sync have been proved again (tried
    // every second).
    virtual bool accepts_writes() = 0;

    // A consistent copy while others write; `target` must not exist. Synced when this returns.
    // Blocks.
    virtual base::Result<void> backup(const std::filesystem::path& target) = 0;
    // The whole integrity_check; blocks, for sub-commands.
    virtual base::Result<void> check_integrity() = 0;
    // SQLite's quick_check: reads the whole file too, but compares no index with its table.
    virtual base::Result<void> check_quickly() = 0;
    // Empties the queues, commits, joins the threads, checkpoints. Jobs that come later get an
    // error. To be called while the loops of those who wait still exist (they may have stopped).
    virtual void close() = 0;

  protected:
    virtual base::Task<base::Result<void>> write_job(
        std::function<base::Result<void>(Transaction&)> job
    ) = 0;
    virtual base::Task<base::Result<void>> read_job(std::function<base::Result<void>(Snapshot&)> job
    ) = 0;
    virtual base::Result<void> write_job_and_wait(
        std::function<base::Result<void>(Transaction&)> job
    ) = 0;
    virtual base::Result<void> read_job_and_wait(std::function<base::Result<void>(Snapshot&)> job
    ) = 0;

  private:
    // Carries a job's Result<T> across threads, and lets a failed commit replace it.
    template <class Result>
    struct Outcome {
        std::optional<Result> value;

        template <class Job, class Access>
        base::Result<void> run(Job& job, Access& access) {
            value.emplace(job(access));
            if (!*value) return base::failure(value->error());
            return base::Result<void>();
        }
        Result take(base::Result<void> done) {
            if (!done) return base::failure(std::move(done.error()));
            return std::move(*value);
        }
    };
};

}  // namespace database
