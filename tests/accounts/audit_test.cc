#include "accounts/audit.h"

#include "tests/accounts/store.h"
#include "tests/catch.h"

using base::ErrorKind;
using database::Snapshot;
using database::Transaction;

namespace {

struct Fixture {
    TestStore store;

    void add(std::string object) {
        store.write([&](Transaction& t) {
            return accounts::add_audit(
                t,
                {start_of_test, "ada@example.test", "hold.released", object, "detail", "192.0.2.1"}
            );
        });
    }
    base::Result<std::int64_t> run(std::string_view sql) {
        return store->write_and_wait([&](Transaction& t) { return t.execute(sql); });
    }
    std::string verdict() {
        const auto checked =
            store->read_and_wait([](Snapshot& s) { return accounts::verify_audit(s); });
        if (checked) return "whole";
        CHECK(checked.error().kind == ErrorKind::corrupt);
        return checked.error().text;
    }
    // As somebody would who has the file and not the program.
    void without_triggers(std::string_view sql) {
        for (const auto* name : {"audit_stays_as_written", "audit_stays", "audit_is_not_replaced"})
            REQUIRE(run(fmt::format("DROP TRIGGER IF EXISTS {}", name)));
        REQUIRE(run(sql));
    }
};

}  // namespace

TEST_CASE("An untouched audit trail is whole, also an empty one") {
    Fixture f;
    CHECK(f.verdict() == "whole");
    for (const auto* id : {"one", "two", "three"}) f.add(id);
    CHECK(f.verdict() == "whole");
    CHECK(f.store.read([](Snapshot& s) { return accounts::verify_audit(s); }) == 3);
    const auto latest = f.store.read([](Snapshot& s) { return accounts::latest_audit(s, 2); });
    REQUIRE(latest.size() == 2);
    CHECK(latest[0].object == "three");
    CHECK(latest[1].object == "two");
    CHECK(latest[0].at == start_of_test);
    CHECK(latest[0].source == "192.0.2.1");
}

TEST_CASE("The store itself refuses to change or remove what the audit trail says") {
    Fixture f;
    f.add("one");
    for (const auto* sql :
         {"UPDATE audit SET who = 'eve@example.test'",
          "DELETE FROM audit",
          "INSERT OR REPLACE INTO audit VALUES (1, 0, 'eve', 'a', 'o', 'd', 's', x'00')"}) {
        const auto refused = f.run(sql);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("append-only") != std::string::npos);
    }
    CHECK(f.verdict() == "whole");
}

TEST_CASE("A changed, missing or cut-off row shows") {
    Fixture f;
    for (const auto* id : {"one", "two", "three"}) f.add(id);
    SECTION("changed") {
        f.without_triggers("UPDATE audit SET object = 'tw0' WHERE id = 2");
        CHECK(f.verdict() == "row 2 of the audit trail is not what was written");
    }
    SECTION("a character moved from one field to the next") {
        f.without_triggers("UPDATE audit SET detail = 'detail1', source = '92.0.2.1' WHERE id = 2");
        CHECK(f.verdict() == "row 2 of the audit trail is not what was written");
    }
    SECTION("missing") {
        f.without_triggers("DELETE FROM audit WHERE id = 2");
        CHECK(f.verdict() == "the audit trail misses row 2");
    }
    SECTION("cut off") {
        f.without_triggers("DELETE FROM audit WHERE id = 3");
        CHECK(f.verdict() == "the audit trail ends at row 2, but 3 were written");
        f.add("four");
        CHECK(f.verdict() == "the audit trail misses row 3");
    }
}

TEST_CASE("An entry is undone with the act it tells of") {
    Fixture f;
    f.add("one");
    const auto undone = f.store->write_and_wait([](Transaction& t) -> base::Result<void> {
        auto added = accounts::add_audit(t, {start_of_test, "a", "b", "c", "d", "e"});
        if (!added) return added;
        return base::failure(ErrorKind::conflict, "somebody was faster");
    });
    CHECK_FALSE(undone);
    f.add("two");
    CHECK(f.verdict() == "whole");
    CHECK(f.store.read([](Snapshot& s) { return accounts::latest_audit(s, 9); }).size() == 2);
}

TEST_CASE("What a stranger wrote into an entry is kept as bounded, valid text") {
    Fixture f;
    f.add(std::string("a\0b\xff", 4) + std::string(5000, 'x'));
    CHECK(f.verdict() == "whole");
    const auto object =
        f.store.read([](Snapshot& s) { return accounts::latest_audit(s, 1); }).at(0).object;
    CHECK(object.starts_with("a b\xef\xbf\xbdxxx"));
    CHECK(object.size() < 2100);
}
