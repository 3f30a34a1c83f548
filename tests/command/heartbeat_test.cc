#include "command/heartbeat.h"

#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/command/service_manager.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace {

// A heart on a loop of its own, and a service manager that listens.
class Beating {
  public:
    Beating() {
        setenv("WATCHDOG_USEC", "600000", 1);
        supervisor.emplace(command::Supervisor::from_environment(*log));
        heartbeat.emplace(loop, *supervisor, liveness, *log);
    }
    ~Beating() {
        store->close();
        loop.stop();
        thread.join();
    }
    void start() {
        heartbeat->start(*store);
        thread = std::thread([this] { loop.run(); });
    }
    // Until a beat was missed because of that one.
    void wait_until_missed(std::string_view silent) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] {
            return has(lines, "event=heartbeat_missed silent=" + std::string(silent));
        });
    }

    const ServiceManager manager{ServiceManager::Kind::abstract};
    TestProgram program;
    std::mutex mutex;
    std::condition_variable changed;
    std::string lines;
    std::shared_ptr<base::Log> log =
        base::Log::to_sink(base::LogLevel::debug, [this](std::string_view line) {
            const std::lock_guard lock(mutex);
            lines += line;
            changed.notify_all();
        });
    std::unique_ptr<database::Store> store = program.open(database::Owner::server);
    metrics::Liveness liveness;
    std::optional<command::Supervisor> supervisor;
    boost::asio::io_context loop{1};
    std::optional<command::Heartbeat> heartbeat;
    std::thread thread;
};

}  // namespace

TEST_CASE("A writer that hangs ends the heartbeat, and one that is done again takes it up") {
    Beating beating;
    std::promise<void> writing;
    std::promise<void> go_on;
    std::thread other([&] {
        const auto done = beating.store->write_and_wait([&](database::Transaction&) {
            writing.set_value();
            go_on.get_future().wait();
            return base::Result<void>();
        });
        CHECK(done.has_value());
    });
    writing.get_future().wait();
    beating.start();
    beating.wait_until_missed("writer");
    CHECK(beating.manager.heard().empty());
    go_on.set_value();
    CHECK(beating.manager.hear() == "WATCHDOG=1");
    other.join();
}

TEST_CASE("A loop that is silent ends the heartbeat; one that rests does not") {
    Beating beating;
    beating.liveness.add("resting");
    auto& loop = beating.liveness.add("stuck");
    loop.beat(std::chrono::steady_clock::now() - std::chrono::hours(1));
    beating.start();
    beating.wait_until_missed("stuck");
    CHECK(beating.manager.heard().empty());
    loop.rest();
    CHECK(beating.manager.hear() == "WATCHDOG=1");
}
