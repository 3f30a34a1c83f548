#include "database/restore.h"

#include "tests/catch.h"
#include "tests/database/scratch.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

using base::ErrorKind;
using database::copy_backup;
using database::put_in_place;

namespace {

namespace fs = std::filesystem;

struct Folder {
    Scratch scratch;
    fs::path in(std::string_view name) const { return scratch.directory() / name; }
    fs::path make(std::string_view name, std::string_view text) const {
        std::ofstream(in(name), std::ios::binary) << text;
        return in(name);
    }
    std::string read(std::string_view name) const {
        std::ifstream file(in(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(scratch.directory()))
            found.push_back(entry.path().filename().string());
        std::sort(found.begin(), found.end());
        return found;
    }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("A backup is copied byte for byte, for nobody else, and over nothing") {
    const Folder f;
    const std::string bytes(3'000'000, 'b');
    const auto backup = f.make("backup", bytes);
    REQUIRE(copy_backup(backup, f.in("copy")));
    CHECK(f.read("copy") == bytes);
    struct stat made{};
    REQUIRE(stat(f.in("copy").c_str(), &made) == 0);
    CHECK((made.st_mode & 0777U) == 0600);

    const auto again = copy_backup(backup, f.in("copy"));
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::conflict);
    CHECK(f.read("copy") == bytes);

    const auto missing = copy_backup(f.in("nothing"), f.in("other"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);

    f.make("backup-wal", "changes");
    const auto in_use = copy_backup(backup, f.in("third"));
    REQUIRE_FALSE(in_use);
    CHECK(in_use.error().kind == ErrorKind::invalid);
    CHECK(f.names() == Names{"backup", "backup-wal", "copy"});
}

TEST_CASE("The new store takes the place of the old one, which is kept with its log") {
    const Folder f;
    f.make("store", "old");
    f.make("store-wal", "old log");
    f.make("store-shm", "old memory");
    const auto replaced = put_in_place(f.make("fresh", "new"), f.in("store"), f.in("kept"));
    REQUIRE(replaced);
    CHECK(*replaced);
    CHECK(f.read("store") == "new");
    CHECK(f.read("kept") == "old");
    CHECK(f.read("kept-wal") == "old log");
    CHECK(f.names() == Names{"kept", "kept-wal", "store"});
}

TEST_CASE("Where no store is, a left-over log does not become the new one's") {
    const Folder f;
    f.make("store-wal", "old log");
    const auto replaced = put_in_place(f.make("fresh", "new"), f.in("store"), f.in("kept"));
    REQUIRE(replaced);
    CHECK_FALSE(*replaced);
    CHECK(f.names() == Names{"kept-wal", "store"});
}

TEST_CASE("What was kept before is not written over, and a half-written store is not put in place"
) {
    const Folder f;
    f.make("store", "old");
    const auto fresh = f.make("fresh", "new");
    f.make("kept", "precious");
    const auto taken = put_in_place(fresh, f.in("store"), f.in("kept"));
    REQUIRE_FALSE(taken);
    CHECK(taken.error().kind == ErrorKind::conflict);
    f.make("fresh-wal", "changes");
    CHECK_FALSE(put_in_place(fresh, f.in("store"), f.in("other")));
    CHECK(f.read("store") == "old");
    CHECK(f.read("kept") == "precious");
}
