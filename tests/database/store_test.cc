#include "database/store.h"

#include "tests/catch.h"
#include "tests/database/notes.h"
#include "tests/database/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using base::ErrorKind;
using database::Owner;
using database::Snapshot;
using database::Store;
using database::StoreSettings;
using database::Transaction;

namespace {

base::Result<std::unique_ptr<Store>> open_as(
    Owner owner, const Scratch& scratch, std::span<const database::Schema> schemas = notes::first
) {
    StoreSettings settings;
    settings.file = scratch.store_file();
    settings.owner = owner;
    return Store::open(settings, schemas, quiet());
}

std::string pragma(Store& store, std::string_view name) {
    auto value = store.read_and_wait([name](Snapshot& snapshot) -> base::Result<std::string> {
        auto rows = snapshot.query(fmt::format("PRAGMA {}", name));
        if (!rows) return base::failure(rows.error());
        auto found = rows->next();
        if (!found) return base::failure(found.error());
        return std::string(rows->text(0));
    });
    return value ? *value : value.error().text;
}

void overwrite(const std::filesystem::path& file, std::size_t at, std::size_t count) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes << std::string(count, '\x5a');
}

}  // namespace

TEST_CASE("A new store is made for its user alone and keeps what was written") {
    const Scratch scratch;
    {
        auto store = open_as(Owner::server, scratch);
        REQUIRE(store);
        REQUIRE(notes::add_to(**store, "first"));
        REQUIRE(notes::add_to(**store, "second"));
        CHECK(notes::all_in(**store) == std::vector<std::string>{"first", "second"});
        CHECK((*store)->check_integrity());
    }
    struct stat status{};
    REQUIRE(stat(scratch.store_file().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    auto again = open_as(Owner::server, scratch);
    REQUIRE(again);
    CHECK(notes::all_in(**again) == std::vector<std::string>{"first", "second"});
}

TEST_CASE("The settings that carry promises are in force") {
    const Scratch scratch;
    auto store = open_as(Owner::server, scratch);
    REQUIRE(store);
    CHECK(pragma(**store, "journal_mode") == "wal");
    CHECK(pragma(**store, "synchronous") == "2");
    CHECK(pragma(**store, "foreign_keys") == "1");
    CHECK(pragma(**store, "auto_vacuum") == "2");
}

TEST_CASE("A clean end leaves one file that holds everything") {
    const Scratch scratch;
    auto store = open_as(Owner::server, scratch);
    REQUIRE(store);
    REQUIRE(notes::add_to(**store, "kept"));
    (*store)->close();
    CHECK_FALSE(std::filesystem::exists(scratch.directory() / "postern.db-wal"));
    const auto late = notes::add_to(**store, "late");
    REQUIRE_FALSE(late);
    CHECK(late.error().text == "the store is closed");
    const auto late_read =
        (*store)->read_and_wait([](Snapshot& snapshot) { return notes::all(snapshot); });
    CHECK_FALSE(late_read);
}

TEST_CASE("A second server is refused by the process that owns the store, a guest is not") {
    const Scratch scratch;
    auto server = open_as(Owner::server, scratch);
    REQUIRE(server);
    const auto second = open_as(Owner::server, scratch);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::in_use);
    CHECK(second.error().text.find(std::to_string(getpid())) != std::string::npos);

    auto guest = open_as(Owner::guest, scratch);
    REQUIRE(guest);
    REQUIRE(notes::add_to(**guest, "from the guest"));
    REQUIRE(notes::add_to(**server, "from the server"));
    CHECK(notes::all_in(**guest) == notes::all_in(**server));
    (*guest)->close();
    REQUIRE(notes::add_to(**server, "after the guest"));
    (*server)->close();
    CHECK(open_as(Owner::server, scratch));
}

TEST_CASE("A guest finds no store, or an older one, and makes none") {
    const Scratch scratch;
    const auto missing = open_as(Owner::guest, scratch);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK_FALSE(std::filesystem::exists(scratch.store_file()));

    REQUIRE(open_as(Owner::server, scratch));
    const auto older = open_as(Owner::guest, scratch, notes::second);
    REQUIRE_FALSE(older);
    CHECK(older.error().text.find("older than this program") != std::string::npos);
}

TEST_CASE("Tables of version 1 are brought to version 2 with what is in them") {
    const Scratch scratch;
    {
        auto store = open_as(Owner::server, scratch);
        REQUIRE(store);
        REQUIRE(notes::add_to(**store, "twelve bytes"));
    }
    auto store = open_as(Owner::server, scratch, notes::second);
    REQUIRE(store);
    auto size = (*store)->read_and_wait([](Snapshot& snapshot) -> base::Result<std::int64_t> {
        auto rows = snapshot.query("SELECT size FROM note");
        if (!rows) return base::failure(rows.error());
        if (auto found = rows->next(); !found) return base::failure(found.error());
        return rows->integer(0);
    });
    REQUIRE(size);
    CHECK(*size == 12);
}

TEST_CASE("A store of a newer version is refused and stays as it is") {
    const Scratch scratch;
    REQUIRE(open_as(Owner::server, scratch, notes::second));
    for (const auto owner : {Owner::server, Owner::guest}) {
        const auto older_program = open_as(owner, scratch, notes::first);
        REQUIRE_FALSE(older_program);
        CHECK(older_program.error().kind == ErrorKind::newer_version);
        CHECK(older_program.error().text.find("newer Postern") != std::string::npos);
    }
    CHECK(open_as(Owner::server, scratch, notes::second));
}

TEST_CASE("A migration that fails leaves the version before it") {
    static constexpr database::Migration broken[] = {
        notes::first_version[0],
        {2, "ALTER TABLE note ADD COLUMN size INTEGER; INSERT INTO nowhere VALUES(1)"},
    };
    static constexpr database::Schema schemas[] = {{"notes", broken}};
    const Scratch scratch;
    REQUIRE(open_as(Owner::server, scratch));
    const auto failed = open_as(Owner::server, scratch, schemas);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().text.find("migrating notes to version 2") != std::string::npos);
    CHECK(open_as(Owner::server, scratch, notes::second));
}

TEST_CASE("A file that is no database, and a database of somebody else, are refused unchanged") {
    const Scratch scratch;
    {
        std::ofstream file(scratch.store_file());
        file << std::string(8192, 'x');
    }
    const auto no_database = open_as(Owner::server, scratch);
    REQUIRE_FALSE(no_database);
    CHECK(no_database.error().kind == ErrorKind::corrupt);
    CHECK(no_database.error().text.find("backup") != std::string::npos);

    std::filesystem::remove(scratch.store_file());
    const std::string make = "sqlite3 " + scratch.store_file().string() + " 'CREATE TABLE t(a)'";
    if (std::system(make.c_str()) != 0) {
        WARN("skipped: no sqlite3 program to make a foreign database with");
        return;
    }
    const auto foreign = open_as(Owner::server, scratch);
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().kind == ErrorKind::invalid);
    CHECK(foreign.error().text.find("not a store of Postern") != std::string::npos);
}

TEST_CASE("A damaged store is refused at start with what to do") {
    const Scratch scratch;
    {
        auto store = open_as(Owner::server, scratch);
        REQUIRE(store);
        for (int i = 0; i < 500; ++i)
            REQUIRE(notes::add_to(**store, std::string(200, 'a') + std::to_string(i)));
    }
    overwrite(scratch.store_file(), std::size_t{4096} * 12, 4096);
    const auto damaged = open_as(Owner::server, scratch);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().kind == ErrorKind::corrupt);
    CHECK(damaged.error().text.find("is damaged") != std::string::npos);
    CHECK(damaged.error().text.find("backup") != std::string::npos);
}

TEST_CASE("Room is counted against the reserve") {
    const Scratch scratch;
    StoreSettings settings;
    settings.file = scratch.store_file();
    {
        auto store = Store::open(settings, notes::first, quiet());
        REQUIRE(store);
        CHECK((*store)->has_room_for(1000));
        CHECK_FALSE((*store)->has_room_for(std::uint64_t{1} << 60));
    }
    settings.disk_reserve_bytes = std::uint64_t{1} << 60;
    auto store = Store::open(settings, notes::first, quiet());
    REQUIRE(store);
    CHECK_FALSE((*store)->has_room_for(0));
    CHECK(notes::add_to(**store, "deleting and releasing still work"));
}
