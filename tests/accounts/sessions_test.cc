#include "accounts/sessions.h"

#include "tests/accounts/store.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using accounts::Role;
using base::Time;
using database::Snapshot;
using database::Transaction;

namespace {

const accounts::SessionLimits limits{8h, 168h};

struct Fixture {
    TestStore store;
    base::SeededRandom random{7};
    accounts::Person ada = store.write([](Transaction& t) {
        return accounts::add_person(t, address("ada@example.test"), Role::user, "H", start_of_test);
    });

    std::string start(Time now) {
        return store.write([&](Transaction& t) {
            return accounts::start_session(
                t, ada.row, "192.0.2.1", "Firefox on Linux", random, now
            );
        });
    }
    bool is_open(const std::string& token, Time now) {
        auto found = store->read_and_wait([&](Snapshot& s) {
            return accounts::find_session(s, token, limits, now);
        });
        if (found) CHECK(found->address == "ada@example.test");
        return found.has_value();
    }
    std::chrono::milliseconds delay(std::string_view who, std::string_view source, Time now) {
        return store.read([&](Snapshot& s) { return accounts::sign_in_delay(s, who, source, now); }
        ).value_or(0ms);
    }
    void fail(std::string_view who, std::string_view source, Time now) {
        store.write([&](Transaction& t) {
            return accounts::note_sign_in_failure(t, who, source, now);
        });
    }
};

}  // namespace

TEST_CASE("A session ends when it is idle, when it is old, and when it is ended") {
    Fixture f;
    const auto token = f.start(start_of_test);
    CHECK(token.size() == 26);
    CHECK(f.is_open(token, start_of_test + 8h - 1ms));
    CHECK_FALSE(f.is_open(token, start_of_test + 8h));
    auto now = start_of_test;
    while (now < start_of_test + 168h - 7h) {
        now += 7h;
        REQUIRE(f.is_open(token, now));
        f.store.write([&](Transaction& t) { return accounts::touch_session(t, token, now); });
    }
    CHECK_FALSE(f.is_open(token, start_of_test + 168h));

    const auto other = f.start(start_of_test);
    f.store.write([&](Transaction& t) { return accounts::end_session(t, other); });
    CHECK_FALSE(f.is_open(other, start_of_test));
    CHECK_FALSE(f.is_open("made up", start_of_test));
}

TEST_CASE("The store does not hold what the cookie holds") {
    Fixture f;
    const auto token = f.start(start_of_test);
    const auto kept = f.store.read([](Snapshot& s) -> base::Result<std::string> {
        auto rows = s.query("SELECT token_hash FROM session");
        if (!rows) return base::failure(rows.error());
        auto there = rows->next();
        if (!there) return base::failure(there.error());
        return std::string(rows->blob(0));
    });
    CHECK(kept.size() == 32);
    CHECK(kept.find(token) == std::string::npos);
    CHECK_FALSE(f.is_open(kept, start_of_test));
}

TEST_CASE("A new password ends every session") {
    Fixture f;
    const auto token = f.start(start_of_test);
    f.store.write([&](Transaction& t) { return accounts::set_password(t, f.ada.row, "N"); });
    CHECK_FALSE(f.is_open(token, start_of_test));
}

TEST_CASE("A person sees their sessions and ends one, or all but this") {
    Fixture f;
    const auto now = start_of_test + 1h;
    const auto old = f.start(start_of_test - 8h);
    const auto laptop = f.start(start_of_test);
    const auto phone = f.start(start_of_test + 1min);
    const auto here = f.start(start_of_test + 2min);
    const auto shown = f.store.read([&](Snapshot& s) {
        return accounts::list_sessions(s, f.ada.row, here, limits, now);
    });
    REQUIRE(shown.size() == 3);  // not the one that has ended by itself
    CHECK(shown[0].is_this);
    CHECK_FALSE(shown[1].is_this);
    CHECK(shown[0].agent == "Firefox on Linux");
    CHECK(shown[0].client == "192.0.2.1");
    CHECK(shown[2].started_at == start_of_test);
    const auto end = [&](std::int64_t who, const std::string& id) {
        return f.store.write([&](Transaction& t) {
            return accounts::end_sessions_named(t, who, {id});
        });
    };
    CHECK(end(f.ada.row + 1, shown[1].id) == 0);
    CHECK(end(f.ada.row, phone) == 0);  // the token is no name
    CHECK(end(f.ada.row, shown[1].id) == 1);
    CHECK_FALSE(f.is_open(phone, now));
    CHECK(f.is_open(laptop, now));
    CHECK(f.store.write([&](Transaction& t) {
        return accounts::end_other_sessions(t, f.ada.row, here);
    }) == 2);
    CHECK(f.is_open(here, now));
    CHECK_FALSE(f.is_open(laptop, now));
}

TEST_CASE("A new password can spare the session it was set in") {
    Fixture f;
    const auto here = f.start(start_of_test);
    const auto other = f.start(start_of_test);
    f.store.write([&](Transaction& t) { return accounts::set_password(t, f.ada.row, "N", here); });
    CHECK(f.is_open(here, start_of_test));
    CHECK_FALSE(f.is_open(other, start_of_test));
}

TEST_CASE("A person has at most 50 sessions: the oldest end") {
    Fixture f;
    std::vector<std::string> tokens;
    for (int i = 0; i < 51; ++i) tokens.push_back(f.start(start_of_test + i * 1s));
    CHECK_FALSE(f.is_open(tokens[0], start_of_test + 60s));
    CHECK(f.is_open(tokens[1], start_of_test + 60s));
    CHECK(f.is_open(tokens[50], start_of_test + 60s));
    CHECK(f.store.write([&](Transaction& t) {
        return accounts::remove_ended_sessions(t, limits, start_of_test + 20h);
    }) == 50);
}

TEST_CASE("Failed sign-ins make an account wait longer and longer, but never for good") {
    Fixture f;
    const auto now = start_of_test;
    const std::vector<std::chrono::milliseconds> expected = {
        0s, 0s, 0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s
    };
    for (std::size_t i = 0; i < expected.size(); ++i) {
        f.fail("ada@example.test", fmt::format("192.0.2.{}", i), now);
        CHECK(f.delay("ada@example.test", "198.51.100.1", now) == expected[i]);
    }
    CHECK(f.delay("ada@example.test", "198.51.100.1", now + 45s) == 15s);
    CHECK(f.delay("ada@example.test", "198.51.100.1", now + 60s) == 0s);
    CHECK(f.delay("ben@example.test", "198.51.100.1", now) == 0s);

    f.store.write([&](Transaction& t) {
        return accounts::note_sign_in_success(t, "ada@example.test", now + 60s);
    });
    f.fail("ada@example.test", "198.51.100.1", now + 61s);
    CHECK(f.delay("ada@example.test", "198.51.100.1", now + 61s) == 0s);
}

TEST_CASE("The addresses of one person are one account to guess at") {
    Fixture f;
    f.store.write([&](Transaction& t) {
        return accounts::bind_address(t, f.ada.row, address("countess@example.test"));
    });
    for (int i = 0; i < 5; ++i)
        f.fail(
            i % 2 == 0 ? "ada@example.test" : "countess@example.test",
            fmt::format("192.0.2.{}", i),
            start_of_test
        );
    CHECK(f.delay("ada@example.test", "198.51.100.1", start_of_test) == 2s);
    CHECK(f.delay("countess@example.test", "198.51.100.1", start_of_test) == 2s);
    f.store.write([&](Transaction& t) {
        return accounts::note_sign_in_success(t, "countess@example.test", start_of_test);
    });
    CHECK(f.delay("ada@example.test", "198.51.100.1", start_of_test) == 0s);
}

TEST_CASE("A source that tries many accounts waits, and an IPv6 network is one source") {
    Fixture f;
    for (int i = 0; i < 12; ++i)
        f.fail(
            fmt::format("p{}@example.test", i), fmt::format("2001:db8::{:x}", i + 1), start_of_test
        );
    CHECK(f.delay("ada@example.test", "2001:db8::ffff", start_of_test) == 2s);
    CHECK(f.delay("ada@example.test", "2001:db8:0:1::1", start_of_test) == 0s);
    for (int i = 0; i < 30; ++i) f.fail("p@example.test", "2001:db8::1", start_of_test);
    CHECK(f.delay("ada@example.test", "2001:db8::ffff", start_of_test) == 900s);
    // Signing in elsewhere does not help the source.
    f.store.write([&](Transaction& t) {
        return accounts::note_sign_in_success(t, "p@example.test", start_of_test);
    });
    CHECK(f.delay("ada@example.test", "2001:db8::ffff", start_of_test) == 900s);
    CHECK(f.delay("ada@example.test", "2001:db8::ffff", start_of_test + 900s) == 0s);
}

TEST_CASE("A clock that was set back locks nobody out") {
    Fixture f;
    for (int i = 0; i < 20; ++i) f.fail("ada@example.test", "192.0.2.1", start_of_test + 240h);
    CHECK(f.delay("ada@example.test", "192.0.2.1", start_of_test) == 0s);
}

TEST_CASE("The record of failed sign-ins is bounded and keeps who is under attack") {
    Fixture f;
    for (int i = 0; i < 8; ++i) f.fail("ada@example.test", "192.0.2.1", start_of_test);
    f.store.write([&](Transaction& t) -> base::Result<void> {
        for (int i = 0; i < 10'050; ++i)
            if (auto noted = t.execute(
                    "INSERT INTO sign_in_failure VALUES (?, 1, ?), (?, 1, ?)",
                    {fmt::format("account {}@x.test", i),
                     std::int64_t{start_of_test.time_since_epoch().count() + i},
                     fmt::format("source {}", i),
                     std::int64_t{start_of_test.time_since_epoch().count() + i}}
                );
                !noted)
                return base::failure(noted.error());
        return {};
    });
    f.fail("eve@example.test", "192.0.2.9", start_of_test + 60s);
    const auto count = [&] {
        return f.store.read([](Snapshot& s) -> base::Result<std::int64_t> {
            auto rows = s.query("SELECT count(*) FROM sign_in_failure");
            if (!rows) return base::failure(rows.error());
            auto there = rows->next();
            if (!there) return base::failure(there.error());
            return rows->integer(0);
        });
    };
    CHECK(count() == 20'000);
    CHECK(f.delay("ada@example.test", "198.51.100.1", start_of_test) == 16s);
    f.fail("eve@example.test", "192.0.2.9", start_of_test + 48h);
    CHECK(count() == 2);
}
