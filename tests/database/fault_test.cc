#include "tests/catch.h"
#include "tests/database/notes.h"
// After notes.h, whose ensure() it uses.
#include "tests/database/faulty_files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>

using base::ErrorKind;
using database::Snapshot;
using database::Store;
using database::StoreSettings;
using database::Transaction;
using Lasts = FaultyFiles::Lasts;

namespace {

base::Result<std::unique_ptr<Store>> open(const std::filesystem::path& file) {
    StoreSettings settings;
    settings.file = file;
    return Store::open(settings, notes::first, quiet());
}

// Waits for the writer's own next proof; it is tried every second.
bool accepts_again(Store& store) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!store.accepts_writes()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

// A small file system of its own; none without the rights to mount one.
class SmallDisk {
  public:
    explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
        std::filesystem::create_directory(at);
        is_mounted_ = mount("none", at.c_str(), "tmpfs", 0, "size=160m") == 0;
    }
    ~SmallDisk() {
        if (is_mounted_) umount(at_.c_str());
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool is_mounted() const { return is_mounted_; }
    // Until nothing more can be written.
    void fill() const {
        const int file = ::open((at_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        base::ensure(file >= 0, "the filler");
        struct statvfs found{};
        base::ensure(fstatvfs(file, &found) == 0, "the room on the small disk");
        off_t size = 0;
        for (auto step = static_cast<off_t>(found.f_bavail * found.f_frsize); step >= 4096;) {
            if (posix_fallocate(file, size, step) == 0)
                size += step;
            else
                step /= 2;
        }
        close(file);
    }
    void free_some() const { std::filesystem::remove(at_ / "filler"); }

  private:
    std::filesystem::path at_;
    bool is_mounted_ = false;
};

}  // namespace

TEST_CASE("Whichever write or sync fails: what was acknowledged is there, and the store recovers") {
    constexpr int rows = 4;
    // Counted without a fault first, so that every place is tried.
    int operations = 0;
    {
        const Scratch scratch;
        FaultyFiles files;
        auto store = open(scratch.store_file());
        REQUIRE(store);
        const int before = files.operations();
        for (int i = 0; i < rows; ++i) REQUIRE(notes::add_to(**store, std::to_string(i)));
        operations = files.operations() - before;
    }
    REQUIRE(operations > 2 * rows);
    int failures = 0;
    for (const int code : {SQLITE_IOERR_WRITE, SQLITE_FULL})
        for (int nth = 1; nth <= operations; ++nth) {
            const Scratch scratch;
            FaultyFiles files;
            std::vector<std::string> acknowledged;
            {
                auto store = open(scratch.store_file());
                REQUIRE(store);
                files.fail(nth, code, Lasts::once);
                for (int i = 0; i < rows; ++i) {
                    const auto added = notes::add_to(**store, std::to_string(i));
                    if (added) {
                        acknowledged.push_back(std::to_string(i));
                    } else {
                        ++failures;
                        CHECK(
                            added.error().kind ==
                            (code == SQLITE_FULL ? ErrorKind::disk_full : ErrorKind::trouble)
                        );
                        CHECK(accepts_again(**store));
                    }
                }
                CHECK(notes::all_in(**store) == acknowledged);
            }
            CHECK(files.has_failed());
            CHECK(acknowledged.size() + 1 >= static_cast<std::size_t>(rows));
            auto again = open(scratch.store_file());
            REQUIRE(again);
            CHECK(notes::all_in(**again) == acknowledged);
            CHECK((*again)->check_integrity());
        }
    CHECK(failures > operations);
}

TEST_CASE("While the disk fails nothing is written, jobs are refused, reads go on") {
    const Scratch scratch;
    FaultyFiles files;
    auto store = open(scratch.store_file());
    REQUIRE(store);
    REQUIRE(notes::add_to(**store, "before"));
    files.fail(1, SQLITE_IOERR_WRITE, Lasts::until_mended);
    CHECK_FALSE(notes::add_to(**store, "lost"));
    CHECK_FALSE((*store)->accepts_writes());
    const auto refused = notes::add_to(**store, "refused");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::trouble);
    CHECK(notes::all_in(**store) == std::vector<std::string>{"before"});
    files.mend();
    REQUIRE(accepts_again(**store));
    CHECK(notes::add_to(**store, "after"));
    CHECK(notes::all_in(**store) == std::vector<std::string>{"before", "after"});
}

TEST_CASE("A failed commit reaches every job of its group") {
    const Scratch scratch;
    FaultyFiles files;
    auto store = open(scratch.store_file());
    REQUIRE(store);
    std::promise<void> reached;
    std::promise<void> opened;
    std::thread holding([&] {
        (void)(*store)->write_and_wait([&](Transaction&) -> base::Result<void> {
            reached.set_value();
            opened.get_future().wait();
            return {};
        });
    });
    reached.get_future().wait();
    std::vector<base::Result<std::int64_t>> results(5);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i)
        threads.emplace_back([&, i] { results[i] = notes::add_to(**store, std::to_string(i)); });
    files.fail(1, SQLITE_IOERR_WRITE, Lasts::once);
    opened.set_value();
    holding.join();
    for (auto& thread : threads) thread.join();
    REQUIRE(accepts_again(**store));
    std::size_t added = 0;
    for (const auto& result : results) added += result ? 1 : 0;
    // A job that came after the failed group was written; one of the group never half.
    CHECK(notes::all_in(**store).size() == added);
    CHECK(files.has_failed());
}

TEST_CASE("A store that cannot be closed properly loses nothing") {
    const Scratch scratch;
    FaultyFiles files;
    {
        auto store = open(scratch.store_file());
        REQUIRE(store);
        REQUIRE(notes::add_to(**store, "kept"));
        files.fail(1, SQLITE_IOERR_WRITE, Lasts::until_mended);
    }
    files.mend();
    auto again = open(scratch.store_file());
    REQUIRE(again);
    CHECK(notes::all_in(**again) == std::vector<std::string>{"kept"});
}

TEST_CASE("On a full disk mail is refused, and releasing and deleting still work") {
    const Scratch scratch;
    const SmallDisk disk(scratch.directory() / "disk");
    if (!disk.is_mounted()) {
        WARN("skipped: only root can mount a small file system");
        return;
    }
    StoreSettings settings;
    settings.file = scratch.directory() / "disk" / "postern.db";
    settings.disk_reserve_bytes = 20'000'000;
    auto opened = Store::open(settings, notes::first, quiet());
    REQUIRE(opened);
    Store& store = **opened;
    const auto reserve = scratch.directory() / "disk" / "postern.db.reserve";
    CHECK(std::filesystem::file_size(reserve) == std::uint64_t{16} * 1024 * 1024);
    CHECK(store.has_room_for(1'000'000));
    const std::string big(1'000'000, 'b');
    REQUIRE(notes::add_to(store, big));
    disk.fill();

    base::Result<std::int64_t> last = 0;
    for (int i = 0; last && i < 100; ++i) last = notes::add_to(store, big + std::to_string(i));
    REQUIRE_FALSE(last);
    CHECK(last.error().kind == ErrorKind::disk_full);
    CHECK_FALSE(std::filesystem::exists(reserve));
    CHECK_FALSE(store.has_room_for(0));
    // The reserve's space is there for these.
    REQUIRE(accepts_again(store));
    CHECK(notes::add_to(store, "small"));
    CHECK(store.write_and_wait([](Transaction& transaction) {
        return transaction.execute("DELETE FROM note WHERE length(text) > 1000");
    }));
    CHECK(notes::all_in(store) == std::vector<std::string>{"small"});

    disk.free_some();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!std::filesystem::exists(reserve) && std::chrono::steady_clock::now() < end)
        REQUIRE(store.write_and_wait([](Transaction&) { return base::Result<void>(); }));
    CHECK(std::filesystem::exists(reserve));
    CHECK(store.has_room_for(1'000'000));
}
