#include "accounts/delegations.h"

#include "accounts/people.h"
#include "accounts/sender_lists.h"
#include "tests/accounts/store.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using accounts::Role;
using database::Snapshot;
using database::Transaction;

namespace {

struct Fixture {
    TestStore store;
    accounts::Person ada = add("ada@example.test");
    accounts::Person ben = add("ben@example.test");

    accounts::Person add(std::string_view who) {
        return store.write([&](Transaction& t) {
            return accounts::add_person(t, address(who), Role::user, "", start_of_test);
        });
    }
    base::Result<bool> grant(
        const accounts::Person& person, std::string_view mailbox, base::Time at = start_of_test
    ) {
        return store->write_and_wait([&](Transaction& t) {
            return accounts::grant_mailbox(t, person.row, address(mailbox), "root", at);
        });
    }
    accounts::Person now(const accounts::Person& person) {
        return store.read([&](Snapshot& s) { return accounts::find_person_in_row(s, person.row); });
    }
    std::vector<accounts::Delegation> delegates(const accounts::Person& person) {
        return store.read([&](Snapshot& s) { return accounts::delegates_of(s, person.row); });
    }
};

}  // namespace

TEST_CASE("A mailbox is acted for from the grant to its revocation") {
    Fixture f;
    CHECK(f.ada.acts_for.empty());
    CHECK(f.grant(f.ada, "Info@Example.test").value_or(false));
    CHECK(f.grant(f.ada, "ben@example.test").value_or(false));
    CHECK_FALSE(f.grant(f.ada, "info@example.test", start_of_test + 1h).value_or(true));
    CHECK(
        f.now(f.ada).acts_for == std::vector<std::string>{"ben@example.test", "info@example.test"}
    );
    CHECK(f.now(f.ada).addresses == std::vector<std::string>{"ada@example.test"});
    CHECK(f.now(f.ben).acts_for.empty());

    const auto mailboxes =
        f.store.read([&](Snapshot& s) { return accounts::mailboxes_of(s, f.ada.row); });
    REQUIRE(mailboxes.size() == 2);
    CHECK(mailboxes[1].address == "info@example.test");
    CHECK(mailboxes[1].since == start_of_test);
    CHECK(mailboxes[1].granted_by == "root");

    const auto revoke = [&] {
        return f.store.write([&](Transaction& t) {
            return accounts::revoke_mailbox(t, f.ada.row, "info@example.test");
        });
    };
    CHECK(revoke());
    CHECK_FALSE(revoke());
    CHECK(f.now(f.ada).acts_for == std::vector<std::string>{"ben@example.test"});
}

TEST_CASE("Who acts for an account is told to it, once, whichever of its addresses was granted") {
    Fixture f;
    f.store.write([&](Transaction& t) {
        return accounts::bind_address(t, f.ben.row, address("sales@example.test"));
    });
    REQUIRE(f.grant(f.ada, "sales@example.test", start_of_test + 2h));
    REQUIRE(f.grant(f.ada, "ben@example.test", start_of_test + 1h));
    REQUIRE(f.grant(f.ada, "info@example.test"));
    const auto delegates = f.delegates(f.ben);
    REQUIRE(delegates.size() == 1);
    CHECK(delegates[0].address == "ada@example.test");
    CHECK(delegates[0].since == start_of_test + 1h);
    CHECK(f.delegates(f.ada).empty());
}

TEST_CASE("An own address is not granted, and one that becomes own is no grant any more") {
    Fixture f;
    const auto own = f.grant(f.ada, "ada@example.test");
    REQUIRE_FALSE(own);
    CHECK(own.error().kind == base::ErrorKind::invalid);
    REQUIRE(f.grant(f.ada, "info@example.test"));
    f.store.write([&](Transaction& t) {
        return accounts::bind_address(t, f.ada.row, address("info@example.test"));
    });
    CHECK(f.now(f.ada).acts_for.empty());
    CHECK(f.now(f.ada).addresses.size() == 2);
    CHECK(f.delegates(f.ada).empty());

    accounts::Person nobody;
    nobody.row = 99;
    CHECK(f.grant(nobody, "info@example.test").error().kind == base::ErrorKind::not_found);
}

TEST_CASE("A person acts for at most so many mailboxes") {
    Fixture f;
    for (std::int64_t i = 0; i < accounts::delegations_per_person_max; ++i)
        REQUIRE(f.grant(f.ada, fmt::format("box{}@example.test", i)));
    const auto more = f.grant(f.ada, "more@example.test");
    REQUIRE_FALSE(more);
    CHECK(more.error().kind == base::ErrorKind::limit);
    CHECK(f.now(f.ada).acts_for.size() == accounts::delegations_per_person_max);
}
