#include "database/statement.h"

#include "database/text_functions.h"
#include "tests/catch.h"
#include "tests/database/notes.h"

using base::ErrorKind;
using database::Blob;
using database::Snapshot;
using database::Transaction;

TEST_CASE("Every kind of value comes back as it was bound") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    const std::string with_nul("a\0b", 3);
    auto checked = store->read_and_wait([&](Snapshot& snapshot) -> base::Result<void> {
        auto rows = snapshot.query(
            "SELECT ?, ?, ?, ?, ?, ?, ?, ?2",
            {std::int64_t{-7}, 2.5, with_nul, Blob{with_nul}, nullptr, std::string_view(), Blob{}}
        );
        if (!rows) return base::failure(rows.error());
        auto found = rows->next();
        if (!found) return base::failure(found.error());
        CHECK(*found);
        CHECK(rows->integer(0) == -7);
        CHECK(rows->real(1) == 2.5);
        CHECK(rows->text(2) == with_nul);
        CHECK(rows->blob(3) == with_nul);
        CHECK(rows->is_null(4));
        CHECK(rows->text(4).empty());
        CHECK_FALSE(rows->is_null(5));
        CHECK(rows->text(5).empty());
        CHECK_FALSE(rows->is_null(6));
        CHECK(rows->blob(6).empty());
        CHECK(rows->real(7) == 2.5);
        auto end = rows->next();
        CHECK((end && !*end));
        auto still = rows->next();
        CHECK((still && !*still));
        return {};
    });
    CHECK(checked);
}

TEST_CASE("Bound texts may be gone before the rows are read") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    auto text = store->read_and_wait([](Snapshot& snapshot) -> base::Result<std::string> {
        auto rows = [&] {
            std::string temporary = "a text too long for the small string buffer";
            auto made = snapshot.query("SELECT ?", {temporary});
            temporary.assign(temporary.size(), 'x');
            return made;
        }();
        if (!rows) return base::failure(rows.error());
        if (auto found = rows->next(); !found) return base::failure(found.error());
        return std::string(rows->text(0));
    });
    REQUIRE(text);
    CHECK(*text == "a text too long for the small string buffer");
}

TEST_CASE("One statement can be read twice at the same time") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    for (const auto* text : {"a", "b", "c"}) REQUIRE(notes::add_to(*store, text));
    auto pairs = store->read_and_wait([](Snapshot& snapshot) -> base::Result<std::string> {
        std::string result;
        auto outer = snapshot.query("SELECT text FROM note ORDER BY row");
        if (!outer) return base::failure(outer.error());
        while (*outer->next()) {
            auto inner = snapshot.query("SELECT text FROM note ORDER BY row");
            if (!inner) return base::failure(inner.error());
            while (*inner->next())
                result += std::string(outer->text(0)) + std::string(inner->text(0)) + " ";
        }
        return result;
    });
    REQUIRE(pairs);
    CHECK(*pairs == "aa ab ac ba bb bc ca cb cc ");
}

TEST_CASE("Wrong SQL is trouble, a uniqueness constraint is a conflict, others are trouble") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    const auto kind_of = [&](std::string_view sql) {
        auto done = store->write_and_wait([&](Transaction& transaction) {
            return transaction.execute(sql);
        });
        REQUIRE_FALSE(done);
        return done.error().kind;
    };
    REQUIRE(notes::add_to(*store, "one"));
    CHECK(kind_of("SELEKT 1") == ErrorKind::trouble);
    CHECK(kind_of("INSERT INTO note(text) VALUES('one')") == ErrorKind::conflict);
    CHECK(kind_of("INSERT INTO note(row, text) VALUES(1, 'two')") == ErrorKind::conflict);
    CHECK(kind_of("INSERT INTO note(text) VALUES(NULL)") == ErrorKind::trouble);
    // A double-quoted name that does not exist is an error and not quietly a text.
    CHECK(kind_of("INSERT INTO note(text) VALUES(\"two\")") == ErrorKind::trouble);
    CHECK(notes::all_in(*store) == std::vector<std::string>{"one"});
}

TEST_CASE("The number of changed rows is told") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    for (const auto* text : {"a", "b", "c"}) REQUIRE(notes::add_to(*store, text));
    auto changed = store->write_and_wait([](Transaction& transaction) {
        return transaction.execute("UPDATE note SET text = text || ? WHERE row > ?", {"!", 1});
    });
    REQUIRE(changed);
    CHECK(*changed == 2);
}

TEST_CASE("Many different statements do not fill memory or break what is in use") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    REQUIRE(notes::add_to(*store, "a"));
    auto done = store->read_and_wait([](Snapshot& snapshot) -> base::Result<int> {
        auto outer = snapshot.query("SELECT text FROM note");
        if (!outer) return base::failure(outer.error());
        int sum = 0;
        for (int i = 0; i < 1000; ++i) {
            auto rows = snapshot.query(fmt::format("SELECT {}", i));
            if (!rows) return base::failure(rows.error());
            if (auto found = rows->next(); !found) return base::failure(found.error());
            sum += static_cast<int>(rows->integer(0));
        }
        if (auto found = outer->next(); !found || !*found || outer->text(0) != "a") return -1;
        return sum;
    });
    REQUIRE(done);
    CHECK(*done == 999 * 1000 / 2);
}

TEST_CASE("contains() folds case in every script and takes ill-formed bytes as they are") {
    using database::contains_ignoring_case;
    CHECK(contains_ignoring_case("Hello World", "O wOR"));
    CHECK(contains_ignoring_case("ÄÖÜ ΣΙΓΜΑ ПРИВЕТ", "äöü σιγμα привет"));
    CHECK(contains_ignoring_case("𐐀", "𐐨"));
    CHECK(contains_ignoring_case("anything", ""));
    CHECK_FALSE(contains_ignoring_case("abc", "abcd"));
    CHECK(contains_ignoring_case(
        "a\xff"
        "B",
        "\xff"
        "b"
    ));
    CHECK_FALSE(contains_ignoring_case("", "x"));
}
