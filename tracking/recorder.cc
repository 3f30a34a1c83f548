#include "tracking/recorder.h"

#include "tracking/records.h"

#include <iterator>
#include <span>
#include <utility>

namespace tracking {

using std::chrono::steady_clock;

Recorder::Recorder(database::Store& store, base::Log& log, Limits limits)
    : store_(store),
      log_(log),
      retention_days_(limits.retention.count()),
      records_max_(limits.records_max),
      // Anything: two starts within one millisecond of the clock would otherwise count alike.
      number_(static_cast<std::uint32_t>(steady_clock::now().time_since_epoch().count())),
      said_at_(steady_clock::now() - log_every),
      thread_([this] { run(); }) {}

Recorder::~Recorder() {
    stop();
}

Limits Recorder::limits() const {
    return {
        std::chrono::days(retention_days_.load(std::memory_order_relaxed)),
        records_max_.load(std::memory_order_relaxed)
    };
}

void Recorder::set(Limits limits) {
    retention_days_ = limits.retention.count();
    records_max_ = limits.records_max;
}

Recorder::Counts Recorder::counts() const {
    const std::lock_guard lock(mutex_);
    Counts counts = counts_;
    counts.waiting = waiting_.size();
    return counts;
}

void Recorder::add(Record record) {
    std::vector<Record> one;
    one.push_back(std::move(record));
    add(std::move(one));
}

void Recorder::add(std::vector<Record> records) {
    if (records.empty() || !is_on()) return;
    bool must_wake = false;
    {
        const std::lock_guard lock(mutex_);
        const std::size_t before = waiting_.size();
        for (auto& record : records) {
            const std::size_t weight = weight_of(record);
            if (stopping_ || waiting_bytes_ + weight > queue_bytes_max) {
                ++counts_.lost_queue_full;
                continue;
            }
            waiting_bytes_ += weight;
            waiting_.push_back(std::move(record));
        }
        // The thread sleeps until there is something, and then until there is a batch of it.
        must_wake = (before == 0 && !waiting_.empty()) ||
                    (before < batch_records && waiting_.size() >= batch_records);
    }
    if (must_wake) wake_.notify_one();
}

void Recorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Recorder::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        wake_.wait_for(lock, write_every, [this] {
            return stopping_ || waiting_.size() >= batch_records;
        });
        std::vector<Record> taken = std::exchange(waiting_, {});
        waiting_bytes_ = 0;
        lock.unlock();
        for (std::size_t at = 0; at < taken.size(); at += batch_records) {
            const auto first = taken.begin() + static_cast<std::ptrdiff_t>(at);
            const auto count = std::min(batch_records, taken.size() - at);
            write(
                {std::make_move_iterator(first),
                 std::make_move_iterator(first + static_cast<std::ptrdiff_t>(count))}
            );
        }
        say_what_was_lost(Say::when_due);
        lock.lock();
    }
    lock.unlock();
    say_what_was_lost(Say::now);
}

void Recorder::write(std::vector<Record> batch) {
    // A record takes its place in the table, four keys, and as much in the log.
    constexpr std::uint64_t bytes_of_a_record = 2048;
    if (!store_.has_room_for(batch.size() * bytes_of_a_record)) {
        const std::lock_guard lock(mutex_);
        counts_.lost_disk_full += batch.size();
        last_error_ = "the disk is nearly full";
        return;
    }
    const std::uint64_t records_max = limits().records_max;
    auto written =
        store_.write_and_wait([&](database::Transaction& transaction) -> base::Result<void> {
            auto done = write_records(transaction, batch, number_);
            if (!done) return done;
            // What goes over the bound goes at once, so that no flood of mail passes it.
            const int most = static_cast<int>(2 * batch.size());
            auto removed = prune(transaction, base::Time(), records_max, most);
            if (!removed) return base::failure(std::move(removed.error()));
            return {};
        });
    const std::lock_guard lock(mutex_);
    if (written) {
        counts_.written += batch.size();
        return;
    }
    counts_.lost_in_trouble += batch.size();
    last_error_ = std::move(written.error().text);
}

void Recorder::say_what_was_lost(Say when) {
    const auto now = counts();
    const std::uint64_t lost = now.lost() - lost_said_;
    const bool is_due = when == Say::now || steady_clock::now() - said_at_ >= log_every;
    if (lost == 0 || !is_due) return;
    said_at_ = steady_clock::now();
    lost_said_ = now.lost();
    log_.warning(
        "tracking_lost",
        {{"records", std::to_string(lost)},
         {"queue_full", std::to_string(now.lost_queue_full)},
         {"disk_full", std::to_string(now.lost_disk_full)},
         {"in_trouble", std::to_string(now.lost_in_trouble)},
         {"last_error", std::exchange(last_error_, {})},
         {"effect", "`postern trace` will not know of them; mail is not affected"}}
    );
}

}  // namespace tracking
