#include "tracking/recorder.h"

#include "tests/catch.h"
#include "tests/tracking/tracked.h"

#include <condition_variable>
#include <mutex>
#include <thread>

using tracked::record;
using tracked::start;
using tracking::Limits;
using tracking::Recorder;
using namespace std::chrono_literals;

namespace {

// A store that has no room, does not take writes, or takes its time.
class UnwillingStore final : public database::Store {
  public:
    bool has_room = true;
    std::mutex mutex;
    std::condition_variable changed;
    bool is_stuck = false;
    int writes = 0;

    void let_go() {
        const std::lock_guard lock(mutex);
        is_stuck = false;
        changed.notify_all();
    }
    void wait_for_writes(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return writes >= count; });
    }

    bool has_room_for(std::uint64_t) override { return has_room; }
    bool accepts_writes() override { return true; }
    base::Result<void> backup(const std::filesystem::path&) override { return no(); }
    base::Result<void> check_integrity() override { return no(); }
    base::Result<void> check_quickly() override { return no(); }
    void close() override {}

  protected:
    using Write = std::function<base::Result<void>(database::Transaction&)>;
    using Read = std::function<base::Result<void>(database::Snapshot&)>;
    base::Task<base::Result<void>> write_job(Write) override { co_return no(); }
    base::Task<base::Result<void>> read_job(Read) override { co_return no(); }
    base::Result<void> write_job_and_wait(Write) override {
        std::unique_lock lock(mutex);
        ++writes;
        changed.notify_all();
        changed.wait(lock, [this] { return !is_stuck; });
        return no();
    }
    base::Result<void> read_job_and_wait(Read) override { return no(); }

  private:
    static base::Result<void> no() {
        return base::failure(base::ErrorKind::trouble, "the disk is on strike");
    }
};

struct Heard {
    std::mutex mutex;
    std::vector<std::string> lines;
    std::shared_ptr<base::Log> log =
        base::Log::to_sink(base::LogLevel::info, [this](std::string_view line) {
            const std::lock_guard lock(mutex);
            lines.emplace_back(line);
        });
};

}  // namespace

TEST_CASE("What was added is in the store after a stop, however much or little") {
    for (const int count : {1, 499, 1201}) {
        tracked::Fixture fixture;
        Recorder recorder(*fixture.store, quiet(), Limits());
        for (int i = 0; i < count; ++i) recorder.add(record("m" + std::to_string(i), start));
        recorder.stop();
        CHECK(fixture.count("SELECT count(*) FROM tracking_record") == count);
        CHECK(recorder.counts().written == static_cast<std::uint64_t>(count));
        CHECK(recorder.counts().lost() == 0);
        CHECK(recorder.counts().waiting == 0);
    }
}

TEST_CASE("What was added by many threads is written without a stop") {
    tracked::Fixture fixture;
    Recorder recorder(*fixture.store, quiet(), Limits());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 300; ++i)
                recorder.add(record(std::to_string(t) + "x" + std::to_string(i), start));
        });
    for (auto& thread : threads) thread.join();
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (recorder.counts().written < 1200 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    CHECK(recorder.counts().written == 1200);
    CHECK(fixture.count("SELECT count(*) FROM tracking_record") == 1200);
}

TEST_CASE("Switched off, nothing is recorded; switched on, it is") {
    tracked::Fixture fixture;
    Recorder recorder(*fixture.store, quiet(), {std::chrono::days(0), 1000});
    recorder.add(record("a"));
    recorder.set({std::chrono::days(1), 1000});
    recorder.add(record("b"));
    recorder.stop();
    CHECK(fixture.records("a").empty());
    CHECK(fixture.records("b").size() == 1);
    CHECK(recorder.counts().lost() == 0);
}

TEST_CASE("The bound holds while records are written") {
    tracked::Fixture fixture;
    Recorder recorder(*fixture.store, quiet(), {std::chrono::days(14), 1000});
    for (int i = 0; i < 5000; ++i) recorder.add(record("m" + std::to_string(i), start));
    recorder.stop();
    CHECK(recorder.counts().written == 5000);
    CHECK(fixture.count("SELECT count(*) FROM tracking_record") == 1000);
}

TEST_CASE("A stuck store fills the queue to its bound, and what is lost is counted and said") {
    UnwillingStore store;
    store.is_stuck = true;
    Heard heard;
    Recorder recorder(store, *heard.log, Limits());
    recorder.add(record("first"));
    store.wait_for_writes(1);  // its thread is in there now
    const std::size_t weight = tracking::weight_of(record("m100000"));
    const std::size_t fits = Recorder::queue_bytes_max / weight;
    for (std::size_t i = 0; i < fits + 1000; ++i)
        recorder.add(record("m" + std::to_string(100'000 + i)));
    const auto stuck = recorder.counts();
    CHECK(stuck.lost_queue_full >= 900);
    CHECK(stuck.waiting + stuck.lost_queue_full == fits + 1000);
    CHECK(stuck.waiting * weight <= Recorder::queue_bytes_max);
    store.let_go();
    recorder.stop();
    const auto after = recorder.counts();
    CHECK(after.lost_in_trouble == stuck.waiting + 1);
    CHECK(after.written == 0);
    // Once when it began, and the rest at the stop: never a line for each.
    REQUIRE(heard.lines.size() >= 1);
    CHECK(heard.lines.size() <= 2);
    CHECK(heard.lines.front().find("event=tracking_lost") != std::string::npos);
    CHECK(heard.lines.front().find("the disk is on strike") != std::string::npos);
}

TEST_CASE("On a disk that is nearly full nothing is written, and that is counted") {
    UnwillingStore store;
    store.has_room = false;
    Heard heard;
    Recorder recorder(store, *heard.log, Limits());
    recorder.add({record("a"), record("b")});
    recorder.stop();
    CHECK(store.writes == 0);
    CHECK(recorder.counts().lost_disk_full == 2);
    REQUIRE(heard.lines.size() == 1);
    CHECK(heard.lines.front().find("records=2") != std::string::npos);
}
