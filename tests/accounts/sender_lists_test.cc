#include "accounts/sender_lists.h"

#include "accounts/people.h"
#include "tests/accounts/store.h"
#include "tests/catch.h"

#include <set>

using accounts::Added;
using base::ErrorKind;
using database::Snapshot;
using database::Transaction;
using policy::SenderList;

namespace {

const std::string ada = "ada@example.test";

struct Fixture {
    TestStore store;
    std::vector<mail::Domain> own = {domain("example.test")};

    base::Result<Added> add(
        SenderList list, std::string_view entry, const std::string& owner = ada
    ) {
        return store->write_and_wait([&](Transaction& t) {
            return accounts::add_entry(t, owner, list, pattern(entry), "test", own, start_of_test);
        });
    }
    // "blocked a.test", sorted, as found for these identities.
    std::set<std::string> found(
        const std::vector<std::string>& identities, const std::string& owner = ada
    ) {
        std::vector<mail::Address> addresses;
        for (const auto& identity : identities) addresses.push_back(address(identity));
        std::set<std::string> names;
        for (const auto& entry :
             store.read([&](Snapshot& s) { return accounts::entries_for(s, owner, addresses); }))
            names.insert(fmt::format("{} {}", policy::name_of(entry.list), entry.pattern.key));
        return names;
    }
    std::vector<std::string> listed(
        const accounts::SenderFilter& filter, int limit = 100, const std::string& owner = ada
    ) {
        std::vector<std::string> names;
        std::string cursor;
        do {
            const auto page = store.read([&](Snapshot& s) {
                return accounts::list_entries(s, owner, filter, cursor, limit);
            });
            CHECK(page.entries.size() <= static_cast<std::size_t>(limit));
            for (const auto& entry : page.entries)
                names.push_back(fmt::format("{} {}", policy::name_of(entry.list), entry.pattern.key)
                );
            cursor = page.next;
        } while (!cursor.empty());
        return names;
    }
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("Only the entries that could decide about an identity are looked up") {
    Fixture f;
    REQUIRE(f.add(SenderList::blocked, "domain.com"));
    REQUIRE(f.add(SenderList::permitted, "user1@domain.com"));
    REQUIRE(f.add(SenderList::trusted, "user1@domain.com"));
    REQUIRE(f.add(SenderList::blocked, "other.net"));
    CHECK(
        f.found({"User1@sub.domain.com", "user1@domain.com"}) ==
        Names{"blocked domain.com", "permitted user1@domain.com", "trusted user1@domain.com"}
    );
    CHECK(f.found({"x@sub.domain.com"}) == Names{"blocked domain.com"});
    CHECK(f.found({"x@notdomain.com"}).empty());
    CHECK(f.found({}).empty());
    CHECK(f.found({"x@domain.com"}, "ben@example.test").empty());
}

TEST_CASE("Adding an entry to another list moves it; trusted stands beside them") {
    Fixture f;
    CHECK(*f.add(SenderList::blocked, "a.com") == Added::added);
    CHECK(*f.add(SenderList::blocked, "a.com") == Added::was_there);
    CHECK(*f.add(SenderList::trusted, "a.com") == Added::added);
    CHECK(*f.add(SenderList::permitted, "*.a.com") == Added::added);
    CHECK(f.listed({}) == std::vector<std::string>{"permitted a.com", "trusted a.com"});

    const auto remove = [&](std::optional<SenderList> list) {
        return f.store.write([&](Transaction& t) {
            return accounts::remove_entry(t, ada, list, pattern("a.com"));
        });
    };
    CHECK(remove(SenderList::blocked) == 0);
    CHECK(remove(SenderList::permitted) == 1);
    CHECK(f.listed({}) == std::vector<std::string>{"trusted a.com"});
    REQUIRE(f.add(SenderList::blocked, "a.com"));
    CHECK(remove(std::nullopt) == 2);
    CHECK(f.listed({}).empty());
}

TEST_CASE("A permit that covers an own domain or a public suffix is refused, a block is not") {
    Fixture f;
    f.own.push_back(domain("mail.shop.com"));
    for (const auto* entry : {"example.test", "mail.shop.com", "shop.com"})
        for (const auto list : {SenderList::permitted, SenderList::auto_permitted}) {
            const auto refused = f.add(list, entry);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().kind == ErrorKind::invalid);
        }
    CHECK(f.add(SenderList::blocked, "example.test"));
    CHECK(f.add(SenderList::permitted, "friend@shop.com"));
    CHECK(f.add(SenderList::permitted, "other.shop.com"));
    for (const auto list : {SenderList::blocked, SenderList::permitted, SenderList::trusted}) {
        const auto refused = f.store->write_and_wait([&](Transaction& t) {
            return accounts::add_entry(t, ada, list, {"com", false}, "test", f.own, start_of_test);
        });
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
    }
    // A refused move leaves what was there.
    CHECK(f.listed({{}, "example", {}}) == std::vector<std::string>{"blocked example.test"});
}

TEST_CASE("All addresses of an account share its lists, and it inherits those of the addresses") {
    Fixture f;
    const std::string alias = "lovelace@example.test";
    REQUIRE(f.add(SenderList::blocked, "early.com", ada));
    REQUIRE(f.add(SenderList::permitted, "both.com", alias));
    REQUIRE(f.add(SenderList::blocked, "both.com", ada));
    REQUIRE(f.add(SenderList::trusted, "alias.com", alias));
    f.store.write([&](Transaction& t) -> base::Result<void> {
        auto person =
            accounts::add_person(t, address(ada), accounts::Role::user, "", start_of_test);
        if (!person) return base::failure(person.error());
        return accounts::bind_address(t, person->row, address(alias));
    });
    REQUIRE(f.add(SenderList::blocked, "late.com", alias));
    const std::vector<std::string> all = {
        "trusted alias.com", "blocked both.com", "blocked early.com", "blocked late.com"
    };
    CHECK(f.listed({}, 100, ada) == all);
    CHECK(f.listed({}, 100, alias) == all);
    CHECK(f.found({"x@late.com"}, ada) == Names{"blocked late.com"});
}

TEST_CASE("Lists are read page by page, with a filter, each entry once") {
    Fixture f;
    for (int i = 0; i < 7; ++i) {
        REQUIRE(f.add(SenderList::blocked, fmt::format("d{}.com", i)));
        REQUIRE(f.add(SenderList::trusted, fmt::format("d{}.com", i)));
        REQUIRE(f.add(SenderList::permitted, fmt::format("u@d{}.com", i)));
    }
    const auto all = f.listed({});
    CHECK(all.size() == 21);
    for (int limit = 1; limit <= 22; ++limit) CHECK(f.listed({}, limit) == all);
    CHECK(f.listed({SenderList::blocked, "", {}}, 3).size() == 7);
    CHECK(f.listed({{}, "", true}, 2).size() == 7);
    CHECK(f.listed({{}, "", false}, 2).size() == 14);
    CHECK(f.listed({{}, "@D3", {}}, 2) == std::vector<std::string>{"permitted u@d3.com"});
    CHECK(f.listed({{}, "%", {}}).empty());
    const auto page = f.store.read([](Snapshot& s) {
        return accounts::list_entries(s, ada, {SenderList::trusted, "", {}}, "", 2);
    });
    CHECK(page.total == 7);
    const auto forged = f.store->read_and_wait([](Snapshot& s) {
        return accounts::list_entries(s, ada, {}, "9 x", 2);
    });
    REQUIRE_FALSE(forged);
    CHECK(forged.error().kind == ErrorKind::invalid);
}

TEST_CASE("A list has an end, and moving within a full list still works") {
    Fixture f;
    f.store.write([](Transaction& t) -> base::Result<void> {
        auto filled = t.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO managed_sender SELECT 'address ada@example.test', "
            "'d' || i || '.com', 0, 'blocked', 0, 0, 'test' FROM n",
            {accounts::entries_per_owner_max}
        );
        if (!filled) return base::failure(filled.error());
        return {};
    });
    const auto refused = f.add(SenderList::blocked, "one.more.com");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::limit);
    CHECK(f.found({"x@one.more.com"}).empty());
    CHECK(*f.add(SenderList::permitted, "d5.com") == Added::added);
    CHECK(f.found({"x@d5.com"}) == Names{"permitted d5.com"});
    CHECK(f.store.write([](Transaction& t) {
        return accounts::remove_entry(t, ada, std::nullopt, pattern("d6.com"));
    }) == 1);
    CHECK(*f.add(SenderList::blocked, "one.more.com") == Added::added);
}

TEST_CASE("What a full list refuses is not in it, even if the transaction goes on") {
    Fixture f;
    f.store.write([](Transaction& t) -> base::Result<void> {
        auto filled = t.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO managed_sender SELECT 'address ada@example.test', "
            "'d' || i || '.com', 0, 'blocked', 0, 0, 'test' FROM n",
            {accounts::entries_per_owner_max}
        );
        if (!filled) return base::failure(filled.error());
        for (const auto* name : {"one.more.com", "and.another.com"}) {
            auto added = accounts::add_entry(
                t, ada, SenderList::blocked, pattern(name), ada, {}, start_of_test
            );
            CHECK_FALSE(added);
        }
        return {};
    });
    CHECK(f.found({"x@one.more.com", "x@and.another.com"}).empty());
}
