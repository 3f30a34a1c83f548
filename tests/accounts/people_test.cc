#include "accounts/people.h"

#include "tests/accounts/store.h"
#include "tests/catch.h"

using accounts::Role;
using base::ErrorKind;
using database::Snapshot;
using database::Transaction;

TEST_CASE("An account is found under each of its addresses, whatever their case") {
    TestStore store;
    const auto ada = store.write([](Transaction& t) {
        return accounts::add_person(t, address("Ada@Example.test"), Role::user, "H", start_of_test);
    });
    CHECK(ada.address == "ada@example.test");
    store.write([&](Transaction& t) {
        return accounts::bind_address(t, ada.row, address("a.lovelace@example.test"));
    });
    for (const auto* key : {"ada@example.test", "a.lovelace@example.test"}) {
        const auto found = store.read([&](Snapshot& s) { return accounts::find_person(s, key); });
        CHECK(found.row == ada.row);
        CHECK(found.address == "ada@example.test");
        CHECK(
            found.addresses ==
            std::vector<std::string>{"a.lovelace@example.test", "ada@example.test"}
        );
        CHECK(store.read([&](Snapshot& s) { return accounts::password_hash_of(s, key); }) == "H");
    }
    const auto nobody = store->read_and_wait([](Snapshot& s) {
        return accounts::find_person(s, "eve@example.test");
    });
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().kind == ErrorKind::not_found);
    CHECK(store.read([](Snapshot& s) { return accounts::password_hash_of(s, "eve@example.test"); }
    ).empty());
}

TEST_CASE("An address belongs to one account") {
    TestStore store;
    const auto add = [&](std::string_view who) {
        return store->write_and_wait([&](Transaction& t) {
            return accounts::add_person(t, address(who), Role::moderator, "", start_of_test);
        });
    };
    const auto ada = add("ada@example.test");
    REQUIRE(ada);
    REQUIRE(add("ben@example.test"));
    const auto again = add("ADA@example.test");
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::conflict);
    const auto alias = store->write_and_wait([&](Transaction& t) {
        return accounts::bind_address(t, ada->row, address("ben@example.test"));
    });
    REQUIRE_FALSE(alias);
    CHECK(alias.error().kind == ErrorKind::conflict);
    const auto people = store.read([](Snapshot& s) { return accounts::list_people(s); });
    REQUIRE(people.size() == 2);
    CHECK(people[0].address == "ada@example.test");
    CHECK(people[0].role == Role::moderator);
}

TEST_CASE("Roles have names and nothing else is a role") {
    for (const auto role : {Role::user, Role::moderator, Role::administrator})
        CHECK(accounts::role_named(accounts::name_of(role)) == role);
    CHECK_FALSE(accounts::role_named("root"));
    CHECK_FALSE(accounts::role_named(""));
}
