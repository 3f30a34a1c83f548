#pragma once

#include "base/log.h"
#include "base/result.h"
#include "database/store.h"
#include "tracking/record.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tracking {

struct Limits {
    std::chrono::days retention{14};  // 0: nothing is recorded, and what was is removed
    std::uint64_t records_max = 5'000'000;
};

// Takes records from any thread and writes them in batches from a thread of its own. Records are no
// promise: add() never waits for the disk, and what cannot be written (the queue is full, the disk
// nearly so, the store in trouble) is dropped, counted, and said in the log at most once a minute.
// A killed process loses what waits, which is at most `write_every` old while the store keeps up.
class Recorder {
  public:
    // A batch touches most pages of its hour's keys under load: few large ones cost less than many
    // small ones, and a much larger one would keep a hold waiting for the writer.
    static constexpr std::size_t batch_records = 2000;
    static constexpr std::size_t queue_bytes_max = 16 * 1024 * 1024;
    static constexpr std::chrono::milliseconds write_every{250};
    static constexpr std::chrono::seconds log_every{60};

    Recorder(database::Store& store, base::Log& log, Limits limits);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    bool is_on() const { return limits().retention.count() > 0; }
    void add(Record record);
    void add(std::vector<Record> records);

    Limits limits() const;
    void set(Limits limits);

    // Since the start, for metrics.
    struct Counts {
        std::uint64_t written = 0;
        std::uint64_t lost_queue_full = 0;
        std::uint64_t lost_disk_full = 0;
        std::uint64_t lost_in_trouble = 0;  // the store did not take them
        std::uint64_t waiting = 0;
        std::uint64_t lost() const { return lost_queue_full + lost_disk_full + lost_in_trouble; }
    };
    Counts counts() const;

    // Writes what waits and ends the thread; what is added later is lost. The store must still
    // work.
    void stop();

  private:
    void run();
    void write(std::vector<Record> batch);
    enum class Say { when_due, now };
    void say_what_was_lost(Say when);

    database::Store& store_;
    base::Log& log_;
    std::atomic<std::int64_t> retention_days_;
    std::atomic<std::uint64_t> records_max_;
    std::uint32_t number_;  // of the next record; the thread's own

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Record> waiting_;
    std::size_t waiting_bytes_ = 0;
    Counts counts_;
    bool stopping_ = false;

    // The thread's own.
    std::uint64_t lost_said_ = 0;
    std::string last_error_;
    std::chrono::steady_clock::time_point said_at_;
    std::thread thread_;
};

}  // namespace tracking
