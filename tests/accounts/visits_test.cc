#include "accounts/visits.h"

#include "accounts/people.h"
#include "tests/accounts/store.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using database::Snapshot;
using database::Transaction;

TEST_CASE("What is new is what came after the end of the visit before this one") {
    TestStore store;
    const auto ada = store.write([](Transaction& t) {
        return accounts::add_person(
            t, address("ada@example.test"), accounts::Role::user, "", start_of_test
        );
    });
    const auto note = [&](base::Time now) {
        store.write([&](Transaction& t) { return accounts::note_visit(t, ada.row, now); });
    };
    const auto previous = [&](base::Time now) {
        return store.read([&](Snapshot& s) { return accounts::previous_visit(s, ada.row, now); });
    };
    const auto start = start_of_test;
    CHECK_FALSE(previous(start));
    note(start);
    note(start + 20min);
    note(start + 45min);
    CHECK_FALSE(previous(start + 75min));  // one visit, and the first

    // The second visit, before and after it is noted.
    CHECK(previous(start + 76min) == start + 45min);
    note(start + 76min);
    CHECK(previous(start + 76min) == start + 45min);
    note(start + 90min);
    CHECK(previous(start + 100min) == start + 45min);
    // A clock that is set back ends no visit and begins none.
    note(start + 50min);
    CHECK(previous(start + 100min) == start + 45min);
    CHECK(previous(start + 24h) == start + 90min);
}
