#include "tests/catch.h"
#include "tests/database/notes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace {

// Writes from four threads until it is killed; tells each number after its commit, in lines that a
// pipe keeps whole.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int pipe) {
    auto store = open_store(file, notes::first);
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0;; ++i) {
                const auto text = fmt::format("{}-{}", w, i);
                if (!notes::add_to(*store, text)) _exit(1);
                const auto line = text + "\n";
                if (write(pipe, line.data(), line.size()) < 0) _exit(1);
            }
        });
    for (auto& writer : writers) writer.join();
    _exit(1);
}

// What the child told before it was killed, some time after `lines` lines.
std::vector<std::string> acknowledged_until_killed(const std::filesystem::path& file, int lines) {
    int ends[2] = {};
    base::ensure(pipe(ends) == 0, "a pipe");
    const pid_t child = fork();
    base::ensure(child >= 0, "a second process");
    if (child == 0) {
        close(ends[0]);
        write_until_killed(file, ends[1]);
    }
    close(ends[1]);
    std::string told;
    char buffer[4096];
    bool is_killed = false;
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
        told.append(buffer, static_cast<std::size_t>(got));
        if (!is_killed && std::ranges::count(told, '\n') >= lines) {
            kill(child, SIGKILL);
            is_killed = true;
        }
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    base::ensure(WIFSIGNALED(status), "the child ends by the signal");
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < told.size();) {
        const auto end = told.find('\n', at);
        if (end == std::string::npos) break;
        texts.push_back(told.substr(at, end - at));
        at = end + 1;
    }
    return texts;
}

}  // namespace

TEST_CASE("What was acknowledged before kill -9 is there at the next start") {
    const Scratch scratch;
    for (const int lines : {1, 40, 200}) {
        std::filesystem::remove_all(scratch.store_file());
        for (const auto* part : {"-wal", "-shm", ".lock", ".reserve"})
            std::filesystem::remove(scratch.store_file().string() + part);
        const auto told = acknowledged_until_killed(scratch.store_file(), lines);
        REQUIRE(told.size() >= static_cast<std::size_t>(lines));
        // The lock went with the process that had it.
        auto store = open_store(scratch.store_file(), notes::first);
        auto there = notes::all_in(*store);
        std::ranges::sort(there);
        for (const auto& text : told) CHECK(std::ranges::binary_search(there, text));
        CHECK(store->check_integrity());
        CHECK(notes::add_to(*store, "goes on"));
    }
}
