#include "tests/catch.h"
#include "tests/database/notes.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

using base::ErrorKind;
using database::Snapshot;
using database::Transaction;

namespace {

// Two rows that only ever come together.
base::Result<void> add_pair(Transaction& transaction, int number) {
    for (const auto* half : {"left", "right"})
        if (auto added = notes::add(transaction, fmt::format("{} {}", half, number)); !added)
            return base::failure(added.error());
    return {};
}

}  // namespace

TEST_CASE("A backup made while others write is one consistent state") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    std::atomic<bool> stop = false;
    std::atomic<int> written = 0;
    std::vector<std::thread> writers;
    for (int w = 0; w < 3; ++w)
        writers.emplace_back([&, w] {
            for (int i = w; !stop; i += 3) {
                auto done = store->write_and_wait([i](Transaction& transaction) {
                    return add_pair(transaction, i);
                });
                base::ensure(done.has_value(), "writing beside the backup");
                ++written;
            }
        });
    while (written < 50) std::this_thread::yield();

    for (int i = 0; i < 5; ++i) {
        const int at_least = written;
        const auto target = scratch.directory() / ("backup" + std::to_string(i));
        REQUIRE(store->backup(target));
        auto copy = open_store(target, notes::first);
        CHECK(copy->check_integrity());
        const auto texts = notes::all_in(*copy);
        CHECK(texts.size() >= 2 * static_cast<std::size_t>(at_least));
        const auto lefts = std::ranges::count_if(texts, [](const std::string& text) {
            return text.starts_with("left");
        });
        CHECK(static_cast<std::size_t>(lefts) * 2 == texts.size());
        struct stat status{};
        REQUIRE(stat(target.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
    stop = true;
    for (auto& writer : writers) writer.join();
    // The live store still has its locks: a second server is refused, and writing goes on.
    CHECK(notes::add_to(*store, "after the backups"));
}

TEST_CASE("A guest makes a backup while the server runs") {
    const Scratch scratch;
    auto server = open_store(scratch.store_file(), notes::first);
    REQUIRE(notes::add_to(*server, "one"));
    database::StoreSettings settings;
    settings.file = scratch.store_file();
    settings.owner = database::Owner::guest;
    auto guest = database::Store::open(settings, notes::first, quiet());
    REQUIRE(guest);
    const auto target = scratch.directory() / "copy.db";
    REQUIRE((*guest)->backup(target));
    auto copy = open_store(target, notes::first);
    CHECK(notes::all_in(*copy) == std::vector<std::string>{"one"});
}

TEST_CASE("A backup never overwrites anything, and leaves no half copy") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    REQUIRE(notes::add_to(*store, "one"));
    const auto target = scratch.directory() / "there";
    std::ofstream(target) << "precious";
    for (const auto& taken : {target, scratch.store_file()}) {
        const auto refused = store->backup(taken);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::conflict);
    }
    std::string kept;
    std::ifstream(target) >> kept;
    CHECK(kept == "precious");
    CHECK_FALSE(store->backup(scratch.directory() / "no" / "such" / "directory"));
    CHECK(notes::add_to(*store, "two"));
    CHECK(store->check_integrity());
}
