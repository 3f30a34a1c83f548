#include "tests/catch.h"
#include "tests/command/program.h"
#include "tests/command/service_manager.h"

#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

namespace {

// `serve` in a thread of this process; its log is what the test waits for.
class Serving : public TestProgram {
  public:
    Serving() {
        write_config("[portal]\naddress = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n");
        log_to([this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
            changed_.notify_all();
        });
    }
    ~Serving() {
        if (thread_.joinable()) stop();
    }

    void start() {
        thread_ = std::thread([this] { code_ = run({"serve"}).code; });
        wait_for({"event=started"});
    }
    void signal(int number) { base::ensure(kill(getpid(), number) == 0, "kill"); }
    int stop() {
        signal(SIGTERM);
        thread_.join();
        return code_;
    }
    // The first line that has all parts. Waits as long as ctest lets it.
    std::string wait_for(const std::vector<std::string_view>& parts) {
        std::unique_lock lock(mutex_);
        for (;;) {
            for (const auto& line : lines_)
                if (std::all_of(parts.begin(), parts.end(), [&](auto part) {
                        return has(line, part);
                    }))
                    return line;
            changed_.wait(lock);
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    std::thread thread_;
    int code_ = -1;
};

}  // namespace

TEST_CASE("serve listens, works beside other sub-commands, and stops with exit 0") {
    Serving program;
    program.start();
    program.wait_for({"event=listening", "room=smtp", "address=127.0.0.1:"});
    program.wait_for({"event=listening", "room=portal", "address=127.0.0.1:"});
    CHECK(
        program.run({"user", "add", "ada@example.test", "--password-stdin"}, "correct horse\n")
            .code == 0
    );
    CHECK(program.run({"hold", "list", "--json"}).out == "[]\n");
    CHECK(program.stop() == 0);
    program.wait_for({"event=stopped"});
}

TEST_CASE("A reload refuses a bad file with its problems, and says what needs a restart") {
    Serving program;
    program.start();
    program.write_config("[smtpp]\n[quarantine]\nretention_days = \"soon\"\n");
    program.signal(SIGHUP);
    program.wait_for({"event=reload_problem", program.config().string() + ":8:"});
    program.wait_for({"event=reload_problem", program.config().string() + ":10:"});
    program.wait_for({"event=reload_refused"});

    program.write_config(
        "[portal]\naddress = \"127.0.0.1:1\"\npublic_url = \"http://127.0.0.1\"\n"
        "[quarantine]\nretention_days = 3\n"
    );
    program.signal(SIGHUP);
    program.wait_for({"event=reloaded"});
    program.wait_for({"event=reload_needs_restart", "setting=portal.address"});
    CHECK(program.stop() == 0);
}

TEST_CASE("The service manager hears when serve is ready, reloads, lives and stops") {
    const ServiceManager manager(ServiceManager::Kind::abstract);
    setenv("WATCHDOG_USEC", "1200000", 1);
    Serving program;
    program.start();
    CHECK(manager.hear() == "READY=1\nSTATUS=Taking mail as mx.example.test");
    // Two: the second comes after a pause, so that the first was not the only one.
    manager.hear("WATCHDOG=1");
    manager.hear("WATCHDOG=1");

    program.signal(SIGHUP);
    manager.hear("RELOADING=1");
    CHECK(manager.hear("READY=1") == "READY=1\nSTATUS=Taking mail as mx.example.test");
    program.write_config("[smtpp]\n");
    program.signal(SIGHUP);
    manager.hear("RELOADING=1");
    CHECK(has(manager.hear("READY=1"), "a reload was refused"));

    CHECK(program.stop() == 0);
    // shutdown_timeout and a minute.
    CHECK(has(manager.hear("STOPPING=1"), "EXTEND_TIMEOUT_USEC=90000000"));
}

TEST_CASE("serve does not start with a bad file, and then leaves no store behind") {
    TestProgram program;
    program.write_config("[smtpp]\n");
    const auto refused = program.run({"serve"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, program.config().string() + ":8:"));
    CHECK_FALSE(std::filesystem::exists(program.directory / "store"));
}
