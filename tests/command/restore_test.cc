#include "accounts/audit.h"
#include "quarantine/hold_store.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <algorithm>

using database::Owner;

namespace {

namespace fs = std::filesystem;

constexpr const char* message = "Subject: kept\r\n\r\nbody\r\n";

// A store with one held mail, and a backup of it.
struct BackedUp {
    TestProgram program;
    fs::path backup = program.directory / "copy.db";
    std::string id;

    BackedUp() {
        {
            const auto store = program.open(Owner::server);
            id = program.hold(*store, "ada@example.test", message, "kept");
        }
        base::ensure(program.run({"hold", "reject", hold_something()}).code == 0, "rejecting");
        base::ensure(program.run({"backup", backup.string()}).code == 0, "backing up");
    }
    std::string hold_something(std::string_view owner = "ben@example.test") {
        const auto store = program.open(Owner::server);
        return program.hold(*store, owner, message, "another");
    }
    TestProgram::Outcome restore(std::vector<std::string> more = {}) {
        std::vector<std::string> words = {"restore", backup.string()};
        words.insert(words.end(), more.begin(), more.end());
        return program.run(std::move(words));
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(program.directory / "store"))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    std::string kept() const {
        for (const auto& name : files())
            if (has(name, ".before-") && !name.ends_with("-wal")) return name;
        return "";
    }
    void edit(const std::function<void(database::Transaction&)>& change) {
        const auto store = program.open(Owner::server);
        must(store->write_and_wait([&](database::Transaction& t) -> base::Result<void> {
            change(t);
            return {};
        }));
    }
};

}  // namespace

TEST_CASE("A backup is restored where there is no store yet, by nobody but its own user") {
    BackedUp f;
    fs::remove_all(f.program.directory / "store");
    const auto done = f.restore();
    CHECK(done.err.empty());
    REQUIRE(done.code == 0);
    CHECK(has(done.out, "restored"));
    CHECK(has(done.out, "1 mails held"));
    CHECK(f.kept().empty());
    CHECK(f.files() == std::vector<std::string>{"postern.db", "postern.db.lock"});
    CHECK(
        (fs::status(f.program.store_file()).permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write)
    );
    CHECK(f.program.run({"hold", "export", f.id}).out == message);
    const auto trail = f.program.run({"audit", "verify"});
    CHECK(trail.code == 0);
    CHECK(has(trail.out, "whole: "));
}

TEST_CASE("A store with something in it gives way only when asked, and is kept") {
    BackedUp f;
    const auto later = f.hold_something();
    const auto refused = f.restore();
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "--replace"));
    CHECK(f.program.run({"hold", "show", later}).code == 0);

    const auto done = f.restore({"--replace"});
    CHECK(done.err.empty());
    REQUIRE(done.code == 0);
    CHECK(f.program.run({"hold", "show", f.id}).code == 0);
    CHECK(f.program.run({"hold", "show", later}).code == 1);
    REQUIRE_FALSE(f.kept().empty());
    CHECK(has(done.out, f.kept()));
    // What was there before is a store like any other.
    fs::rename(f.program.directory / "store" / f.kept(), f.program.store_file());
    CHECK(f.program.run({"hold", "show", later}).code == 0);
}

TEST_CASE("A store with nothing in it needs no --replace") {
    BackedUp f;
    fs::remove_all(f.program.directory / "store");
    f.program.open(Owner::server)->close();
    CHECK(f.restore().code == 0);
    CHECK(f.program.run({"hold", "show", f.id}).code == 0);
}

TEST_CASE("While serve runs, or another command has the store open, nothing is restored") {
    BackedUp f;
    {
        const auto store = f.program.open(Owner::server);
        const auto refused = f.restore({"--replace"});
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "in use by process"));
    }
    {
        const auto store = f.program.open(Owner::guest);
        const auto refused = f.restore({"--replace"});
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "another command has"));
    }
    CHECK(f.kept().empty());
    CHECK(f.restore({"--replace"}).code == 0);
}

TEST_CASE("A backup that is not whole changes nothing") {
    BackedUp f;
    const auto before = f.files();
    SECTION("not a database") {
        std::ofstream(f.backup, std::ios::trunc) << "hello";
    }
    SECTION("cut off") {
        fs::resize_file(f.backup, fs::file_size(f.backup) - 4096);
    }
    SECTION("not there") {
        fs::remove(f.backup);
    }
    SECTION("still in use") {
        std::ofstream(f.backup.string() + "-wal") << "something";
    }
    SECTION("its audit trail was changed") {
        {
            database::StoreSettings settings;
            settings.file = f.backup;
            const auto schemas = command::store_schemas();
            const auto store = must(database::Store::open(settings, schemas, *f.program.log));
            must(store->write_and_wait([](database::Transaction& t) -> base::Result<void> {
                must(t.execute("DROP TRIGGER audit_stays_as_written"));
                must(t.execute("UPDATE audit SET who = 'eve@example.test' WHERE id = 1"));
                return {};
            }));
        }
        fs::remove(f.backup.string() + ".lock");
    }
    const auto refused = f.restore({"--replace"});
    CHECK(refused.code == 1);
    CHECK(refused.out.empty());
    CHECK_FALSE(refused.err.empty());
    CHECK(f.files() == before);
    CHECK(f.program.run({"hold", "show", f.id}).code == 0);
}

TEST_CASE("A store that cannot be read is kept too") {
    BackedUp f;
    std::ofstream(f.program.store_file(), std::ios::trunc) << "rubbish";
    CHECK(f.restore().code == 1);
    REQUIRE(f.restore({"--replace"}).code == 0);
    CHECK(f.program.run({"hold", "export", f.id}).out == message);
    REQUIRE_FALSE(f.kept().empty());
    CHECK(fs::file_size(f.program.directory / "store" / f.kept()) == 7);
}

TEST_CASE("What was in the outbox is said, and held when asked") {
    BackedUp f;
    REQUIRE(f.program.run({"hold", "release", f.id}).code == 0);
    fs::remove(f.backup);
    REQUIRE(f.program.run({"backup", f.backup.string()}).code == 0);
    SECTION("sent again by default, and said so") {
        const auto done = f.restore({"--replace"});
        REQUIRE(done.code == 0);
        CHECK(has(done.out, "1 mails wait to be sent (1 released, 0 other)"));
        CHECK(has(done.out, "--hold-outbox"));
        CHECK(has(f.program.run({"hold", "show", f.id}).out, "released"));
    }
    SECTION("held instead") {
        const auto done = f.restore({"--replace", "--hold-outbox"});
        REQUIRE(done.code == 0);
        CHECK(has(done.out, "1 for their owners"));
        CHECK(has(f.program.run({"hold", "list", "--state", "held"}).out, f.id));
    }
    CHECK(f.program.run({"audit", "verify"}).code == 0);
}

TEST_CASE("audit verify names the first entry that is not what was written") {
    BackedUp f;
    const auto whole = f.program.run({"audit", "verify"});
    CHECK(whole.code == 0);
    CHECK(whole.out == "the audit trail is whole: 1 entries\n");
    f.edit([](database::Transaction& t) {
        must(t.execute("DROP TRIGGER audit_stays_as_written"));
        must(t.execute("UPDATE audit SET act = 'hold.released' WHERE id = 1"));
    });
    const auto broken = f.program.run({"audit", "verify"});
    CHECK(broken.code == 1);
    CHECK(broken.out.empty());
    CHECK(has(broken.err, "row 1"));
}
