#include "accounts/api_tokens.h"

#include "tests/accounts/store.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using accounts::Scope;
using base::ErrorKind;
using database::Snapshot;
using database::Transaction;

namespace {

struct Fixture {
    TestStore store;
    base::SeededRandom random{7};
    accounts::Person ada = add("ada@example.test");
    accounts::Person ben = add("ben@example.test");

    accounts::Person add(std::string_view who) {
        return store.write([&](Transaction& t) {
            return accounts::add_person(t, address(who), accounts::Role::user, "H", start_of_test);
        });
    }
    base::Result<accounts::NewApiToken> make(
        std::string_view name, std::vector<Scope> scopes, std::chrono::milliseconds lifetime = 24h
    ) {
        return store->write_and_wait([&](Transaction& t) {
            return accounts::add_api_token(
                t, ada.row, name, scopes, lifetime, random, start_of_test
            );
        });
    }
    base::Result<accounts::TokenHolder> find(
        std::string_view token, base::Time now = start_of_test
    ) {
        return store->read_and_wait([&](Snapshot& s) {
            return accounts::find_api_token(s, token, now);
        });
    }
    std::vector<accounts::ApiToken> listed() {
        return store.read([&](Snapshot& s) { return accounts::list_api_tokens(s, ada.row); });
    }
};

}  // namespace

TEST_CASE("A token leads to its person and its scopes, until it expires") {
    Fixture f;
    const auto made = f.make("backup", {Scope::senders_read, Scope::holds_read, Scope::holds_read});
    REQUIRE(made);
    CHECK(made->token.starts_with("pst_"));
    CHECK(made->token.size() == 30);
    const auto found = f.find(made->token);
    REQUIRE(found);
    CHECK(found->person.row == f.ada.row);
    CHECK(found->token.id == made->shown.id);
    CHECK(found->token.scopes == std::vector{Scope::holds_read, Scope::senders_read});
    CHECK(found->token.may(Scope::holds_read));
    CHECK_FALSE(found->token.may(Scope::holds_act));
    CHECK(f.find(made->token, start_of_test + 24h - 1ms));
    const auto expired = f.find(made->token, start_of_test + 24h);
    REQUIRE_FALSE(expired);
    CHECK(expired.error().kind == ErrorKind::not_found);
    CHECK_FALSE(f.find("pst_aaaaaaaaaaaaaaaaaaaaaaaaaa"));
    CHECK_FALSE(f.find(""));
    CHECK_FALSE(f.find(made->shown.id));
}

TEST_CASE("The store does not hold the token") {
    Fixture f;
    const auto made = f.make("x", {Scope::holds_read});
    REQUIRE(made);
    const auto row = f.store.read([](Snapshot& s) -> base::Result<std::string> {
        auto rows = s.query("SELECT token_hash || public_id || name || scopes FROM api_token");
        if (!rows) return base::failure(rows.error());
        auto there = rows->next();
        if (!there) return base::failure(there.error());
        return std::string(rows->blob(0));
    });
    CHECK(row.find(made->token.substr(4)) == std::string::npos);
}

TEST_CASE("A person lists and removes their own tokens") {
    Fixture f;
    const auto first = f.make("first", {Scope::holds_read});
    const auto second = f.make("second", {Scope::reports_read});
    REQUIRE(first);
    REQUIRE(second);
    f.store.write([&](Transaction& t) {
        return accounts::touch_api_token(t, first->shown.id, start_of_test + 5min);
    });
    auto tokens = f.listed();
    REQUIRE(tokens.size() == 2);
    for (const auto& token : tokens) CHECK(token.used_at.has_value() == (token.name == "first"));
    const auto remove = [&](std::int64_t who) {
        return f.store.write([&](Transaction& t) {
            return accounts::remove_api_tokens(t, who, {first->shown.id, "unknown"});
        });
    };
    CHECK(remove(f.ben.row).empty());
    CHECK(f.find(first->token));
    const auto removed = remove(f.ada.row);
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].name == "first");
    CHECK_FALSE(f.find(first->token));
    CHECK(f.find(second->token));
}

TEST_CASE("A new password ends every token") {
    Fixture f;
    const auto made = f.make("x", {Scope::holds_read});
    REQUIRE(made);
    f.store.write([&](Transaction& t) { return accounts::set_password(t, f.ada.row, "N"); });
    CHECK_FALSE(f.find(made->token));
    CHECK(f.listed().empty());
}

TEST_CASE("A token without a name, a scope or time to live is refused, and one too many") {
    Fixture f;
    CHECK(f.make("", {Scope::holds_read}).error().kind == ErrorKind::invalid);
    CHECK(f.make(std::string(101, 'x'), {Scope::holds_read}).error().kind == ErrorKind::invalid);
    CHECK(f.make("x", {}).error().kind == ErrorKind::invalid);
    CHECK(f.make("x", {Scope::holds_read}, 0ms).error().kind == ErrorKind::invalid);
    for (std::int64_t i = 0; i < accounts::api_tokens_per_person_max; ++i)
        REQUIRE(f.make(fmt::format("{}", i), {Scope::holds_read}));
    CHECK(f.make("more", {Scope::holds_read}).error().kind == ErrorKind::limit);
}

TEST_CASE("Every scope has a name of its own") {
    for (const auto* name :
         {"holds:read", "holds:act", "senders:read", "senders:write", "reports:read", "account:read"
         }) {
        const auto scope = accounts::scope_named(name);
        REQUIRE(scope);
        CHECK(accounts::name_of(*scope) == name);
    }
    CHECK_FALSE(accounts::scope_named("holds"));
    CHECK_FALSE(accounts::scope_named(""));
}
