#include "mail/message_bytes.h"

#include "tests/catch.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <vector>

using mail::MessageBytes;

namespace {

// A folder of its own that is gone at the end.
class Folder {
  public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "postern-test-XXXXXX";
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const { return path_; }
    bool is_empty() const { return std::filesystem::is_empty(path_); }

  private:
    std::filesystem::path path_;
};

std::string pattern(std::size_t size) {
    std::string result(size, '\0');
    for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<char>(i * 7 + i / 251);
    return result;
}

std::string all_of(const MessageBytes& message, std::size_t piece) {
    std::string result;
    std::vector<char> buffer(piece);
    auto reader = message.reader();
    while (true) {
        const auto got = reader.read(buffer);
        REQUIRE(got);
        if (*got == 0) return result;
        result.append(buffer.data(), *got);
    }
}

}  // namespace

TEST_CASE("A message comes back byte for byte, from memory and from its file") {
    const Folder folder;
    for (const std::size_t size : {0, 1, 99, 100, 101, 250, 1000, 100'000}) {
        for (const std::size_t step : {1, 7, 100, 101, 4096, 100'000}) {
            const std::string bytes = pattern(size);
            auto message = *MessageBytes::create({folder.path(), 100});
            for (std::size_t at = 0; at < size; at += step)
                REQUIRE(message.append(std::string_view(bytes).substr(at, step)));
            REQUIRE(all_of(message, 33) == bytes);  // before the end is written, too
            REQUIRE(message.finish());
            REQUIRE(message.finish());
            CHECK(message.size() == size);
            CHECK(message.sha256() == base::sha256(bytes));
            CHECK(all_of(message, 4096) == bytes);
            CHECK(message.prefix(10) == bytes.substr(0, 10));
            CHECK(message.prefix(size + 10) == bytes);
        }
    }
    CHECK(folder.is_empty());
}

TEST_CASE("Readers stand each at their own place") {
    const Folder folder;
    auto message = *MessageBytes::create({folder.path(), 10});
    REQUIRE(message.append("0123456789abcdefghij"));
    REQUIRE(message.finish());
    auto one = message.reader();
    auto other = message.reader();
    std::array<char, 5> buffer{};
    REQUIRE(one.seek(10));
    REQUIRE(one.read(buffer) == std::size_t(5));
    CHECK(std::string_view(buffer.data(), 5) == "abcde");
    REQUIRE(other.read(buffer) == std::size_t(5));
    CHECK(std::string_view(buffer.data(), 5) == "01234");
    REQUIRE(one.read(buffer) == std::size_t(5));
    CHECK(std::string_view(buffer.data(), 5) == "fghij");
    CHECK(one.read(buffer) == std::size_t(0));
    CHECK(one.seek(20));
    CHECK_FALSE(one.seek(21));
}

TEST_CASE("A message given whole is finished, and keeps its bytes when moved") {
    auto message = MessageBytes::of("Subject: a\r\n\r\nb\r\n");
    const MessageBytes moved = std::move(message);
    CHECK(moved.size() == 17);
    CHECK(moved.sha256() == base::sha256("Subject: a\r\n\r\nb\r\n"));
    CHECK(all_of(moved, 4) == "Subject: a\r\n\r\nb\r\n");
}

TEST_CASE("A full disk and a missing folder are errors that say which they are") {
    auto nowhere = *MessageBytes::create({"/nonexistent/postern", 10});
    REQUIRE(nowhere.append("0123456789"));  // still in memory
    const auto failed = nowhere.append("x");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == base::ErrorKind::trouble);
    CHECK_THAT(failed.error().text, Catch::Contains("/nonexistent/postern"));
}

TEST_CASE("A file that may not grow is an error, not a short message") {
    const Folder folder;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handled = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 5000;
    auto message = *MessageBytes::create({folder.path(), 100});
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto appended = message.append(pattern(10'000));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handled);
    REQUIRE_FALSE(appended);
    CHECK(appended.error().kind == base::ErrorKind::trouble);
}

TEST_CASE("A full disk is told apart from other trouble") {
    const Folder folder;
    // A small file system of its own, in a child so that nobody else sees the mount.
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr int no_mount = 77;
        if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
            _exit(no_mount);
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=65536") != 0) _exit(no_mount);
        auto message = MessageBytes::create({folder.path(), 100});
        const auto appended = message->append(pattern(100'000));
        _exit(!appended && appended.error().kind == base::ErrorKind::disk_full ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        std::cout << "skipped: no right to mount a small file system\n";
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
}
