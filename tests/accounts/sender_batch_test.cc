#include "accounts/sender_batch.h"

#include "tests/accounts/store.h"
#include "tests/catch.h"

using accounts::BatchTerms;
using accounts::EntryObstacle;
using accounts::PlannedEntry;
using accounts::WantedEntry;
using database::Snapshot;
using database::Transaction;
using policy::SenderList;
using Change = accounts::PlannedEntry::Change;

namespace {

const std::string ada = "ada@example.test";

struct Lists {
    TestStore store;
    BatchTerms terms{ada, {domain("example.test")}, std::nullopt};

    std::vector<PlannedEntry> plan(const std::vector<WantedEntry>& wanted) {
        return store.read([&](Snapshot& s) { return accounts::plan_entries(s, terms, wanted); });
    }
    // Planned and carried out; all must be free of obstacles.
    std::vector<PlannedEntry> place(const std::vector<WantedEntry>& wanted) {
        return store.write([&](Transaction& t) -> base::Result<std::vector<PlannedEntry>> {
            auto made = accounts::plan_entries(t, terms, wanted);
            if (!made) return made;
            auto placed =
                accounts::place_entries(t, terms, wanted, *made, "ben@x.test", start_of_test);
            if (!placed) return base::failure(placed.error());
            return made;
        });
    }
    // "blocked a.test", by entry.
    std::vector<std::string> all() {
        const auto page =
            store.read([](Snapshot& s) { return accounts::list_entries(s, ada, {}, "", 1000); });
        std::vector<std::string> names;
        for (const auto& entry : page.entries)
            names.push_back(fmt::format("{} {}", policy::name_of(entry.list), entry.pattern.key));
        CHECK(page.total == names.size());
        return names;
    }
    std::int64_t counted() {
        return store.read([](Snapshot& s) -> base::Result<std::int64_t> {
            auto rows = s.query("SELECT coalesce(sum(entries), 0) FROM managed_sender_count");
            if (!rows) return base::failure(rows.error());
            if (auto there = rows->next(); !there) return base::failure(there.error());
            return rows->integer(0);
        });
    }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("A plan says what becomes of each entry, and carrying it out does just that") {
    Lists lists;
    lists.place({{SenderList::blocked, pattern("a.com")}, {SenderList::trusted, pattern("a.com")}});
    const std::vector<WantedEntry> wanted = {
        {SenderList::permitted, pattern("a.com")},
        {SenderList::trusted, pattern("a.com")},
        {SenderList::permitted, pattern("b@c.com")},
    };
    const auto plan = lists.plan(wanted);
    REQUIRE(plan.size() == 3);
    CHECK(plan[0].change == Change::move);
    CHECK(plan[0].from == SenderList::blocked);
    CHECK(plan[1].change == Change::none);
    CHECK(plan[2].change == Change::add);
    CHECK(lists.all() == Names{"blocked a.com", "trusted a.com"});  // a plan changes nothing
    lists.place(wanted);
    CHECK(lists.all() == Names{"permitted a.com", "trusted a.com", "permitted b@c.com"});
    CHECK(lists.counted() == 3);
    for (const auto& again : lists.place(wanted)) CHECK(again.change == Change::none);
}

TEST_CASE("A move takes the entry from the list that was named, and only from there") {
    Lists lists;
    lists.place({
        {SenderList::blocked, pattern("a.com")},
        {SenderList::trusted, pattern("b.com")},
        {SenderList::permitted, pattern("b.com")},
    });
    lists.terms.from = SenderList::blocked;
    const auto gone = lists.plan({{SenderList::trusted, pattern("b.com")}});
    CHECK(gone.at(0).obstacle == EntryObstacle::not_there);
    const auto moved = lists.place({{SenderList::trusted, pattern("a.com")}});
    CHECK(moved.at(0).change == Change::move);
    CHECK(lists.all() == Names{"trusted a.com", "permitted b.com", "trusted b.com"});
    lists.terms.from = SenderList::trusted;
    lists.place({{SenderList::blocked, pattern("b.com")}});
    CHECK(lists.all() == Names{"trusted a.com", "blocked b.com"});
    CHECK(lists.counted() == 2);
}

TEST_CASE("What may stand in no list, or is one's own, is an obstacle with its reason") {
    Lists lists;
    struct Case {
        WantedEntry wanted;
        EntryObstacle obstacle;
    };
    for (const Case& item : std::vector<Case>{
             {{SenderList::blocked, {"com", false}}, EntryObstacle::public_suffix},
             {{SenderList::trusted, {"co.uk", false}}, EntryObstacle::public_suffix},
             {{SenderList::permitted, pattern("example.test")}, EntryObstacle::own_domain},
             {{SenderList::permitted, pattern("sub.example.test")}, EntryObstacle::own_domain},
             {{SenderList::blocked, pattern("example.test")}, EntryObstacle::none},
             {{SenderList::permitted, pattern("ben@example.test")}, EntryObstacle::none},
         }) {
        INFO(item.wanted.pattern.key);
        const auto plan = lists.plan({item.wanted});
        CHECK(plan.at(0).obstacle == item.obstacle);
        CHECK(plan.at(0).why.empty() == (item.obstacle == EntryObstacle::none));
    }
}

TEST_CASE("The entry that does not fit any more is named, moves still fit") {
    Lists lists;
    lists.store.write([](Transaction& t) -> base::Result<void> {
        auto filled = t.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO managed_sender SELECT 'address ada@example.test', "
            "'d' || i || '.com', 0, 'blocked', 0, 0, 'test' FROM n",
            {accounts::entries_per_owner_max - 1}
        );
        if (!filled) return base::failure(filled.error());
        return {};
    });
    const auto plan = lists.plan({
        {SenderList::permitted, pattern("d5.com")},
        {SenderList::blocked, pattern("last.that.fits.com")},
        {SenderList::blocked, pattern("one.too.many.com")},
    });
    CHECK(plan.at(0).change == Change::move);
    CHECK(plan.at(1).obstacle == EntryObstacle::none);
    CHECK(plan.at(2).obstacle == EntryObstacle::list_full);
}

TEST_CASE("Lists are read newest first, too, each entry once, whatever the page") {
    Lists lists;
    for (int i = 0; i < 9; ++i) {
        const auto at = start_of_test + std::chrono::minutes(i / 3);
        lists.store.write([&](Transaction& t) {
            const auto entry = pattern(fmt::format("d{}.com", i));
            const auto list = i % 2 == 0 ? SenderList::trusted : SenderList::blocked;
            return accounts::add_entry(t, ada, list, entry, ada, {}, at);
        });
    }
    accounts::SenderFilter filter;
    filter.order = accounts::SenderOrder::newest_first;
    const Names expected = {
        "d6.com", "d7.com", "d8.com", "d3.com", "d4.com", "d5.com", "d0.com", "d1.com", "d2.com"
    };
    for (int limit = 1; limit <= 10; ++limit) {
        Names names;
        std::string cursor;
        do {
            const auto page = lists.store.read([&](Snapshot& s) {
                return accounts::list_entries(s, ada, filter, cursor, limit);
            });
            for (const auto& entry : page.entries) names.push_back(entry.pattern.key);
            cursor = page.next;
        } while (!cursor.empty());
        CHECK(names == expected);
    }
    for (const std::string bad : {"x", "1", "0 a.com", "1 2 a.com", "99999999999999999999 0 a"}) {
        INFO(bad);
        const auto page = lists.store->read_and_wait([&](Snapshot& s) {
            return accounts::list_entries(s, ada, filter, bad, 2);
        });
        CHECK_FALSE(page);
    }
}
