#include "tests/catch.h"
#include "tests/quarantine/held.h"

#include <barrier>
#include <thread>

using base::ErrorKind;
using held::anna;
using held::bert;
using held::Fixture;
using held::start;
using quarantine::HoldState;
using namespace std::chrono_literals;
using Acts = std::vector<std::string>;

namespace {

// A report mail in the outbox and the hold's report, as the portal does it.
base::Result<void> report(Fixture& fixture, const quarantine::Actor& actor, const std::string& id) {
    return fixture.write([&](database::Transaction& transaction) -> base::Result<void> {
        auto mail = fixture.add_mail_in(transaction, {.bytes = "report", .sender = ""});
        if (!mail) return base::failure(mail.error());
        auto row = quarantine::add_outgoing(
            transaction,
            {.mail_row = *mail,
             .recipient = {held::address("security@example.test"), "", ""},
             .hold_id = "",
             .added_fields = "",
             .due = start + 10s,
             .rule = "",
             .reason = ""},
            start
        );
        if (!row) return base::failure(row.error());
        return quarantine::report(transaction, actor, id, *row, start);
    });
}

}  // namespace

TEST_CASE("Two hundred parallel releases are one release and one row in the outbox") {
    Fixture fixture;
    const auto id = fixture.add();
    std::atomic<int> won = 0;
    std::atomic<int> lost = 0;
    std::barrier together(20);
    std::vector<std::thread> threads;
    for (int t = 0; t < 20; ++t)
        threads.emplace_back([&] {
            together.arrive_and_wait();
            for (int i = 0; i < 10; ++i) {
                const auto done = fixture.release(Fixture::actor(anna), id, start, start);
                if (done)
                    ++won;
                else if (done.error().kind == ErrorKind::conflict)
                    ++lost;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(won == 1);
    CHECK(lost == 199);
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 1);
    CHECK(fixture.acts_of(id) == Acts{"held", "released"});
}

TEST_CASE("Who comes second learns who was first and when") {
    Fixture fixture;
    const auto id = fixture.add();
    REQUIRE(fixture.reject(Fixture::actor(anna), id, start + 5s));
    const auto second = fixture.release(Fixture::actor(anna), id, start + 6s, start + 6s);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(
        second.error().text ==
        "already rejected by anna@example.test at " + base::to_rfc3339(start + 5s)
    );
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
    const auto hold = must(fixture.find(Fixture::everything(), id));
    CHECK(hold.decided_by == anna);
    CHECK(hold.decided_at == start + 5s);
}

TEST_CASE("Nobody acts out of reach, and cannot tell it from what does not exist") {
    Fixture fixture;
    const auto id = fixture.add();
    const auto administrators = fixture.add({}, {.kind = mail::HoldKind::administrator});
    for (const auto& [actor, target] :
         {std::pair{bert, id}, std::pair{anna, administrators}, std::pair{anna, std::string()}}) {
        const auto who = Fixture::actor(actor);
        for (const auto& done :
             {fixture.release(who, target, start, start),
              fixture.reject(who, target, start),
              fixture.undo(who, target, start),
              report(fixture, who, target)}) {
            REQUIRE_FALSE(done);
            CHECK(done.error().kind == ErrorKind::not_found);
        }
    }
    CHECK(fixture.state_of(id) == HoldState::held);
    CHECK(fixture.state_of(administrators) == HoldState::held);
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
    REQUIRE(fixture.release({"root", Fixture::everything()}, administrators, start, start));
}

TEST_CASE("An act can be undone within its window, by who did it") {
    Fixture fixture;
    struct Case {
        std::function<base::Result<void>(const std::string&)> act;
        std::string name;
    };
    const auto me = Fixture::actor(anna);
    const Case cases[] = {
        {[&](const std::string& id) { return fixture.release(me, id, start, start + 10s); },
         "released"},
        {[&](const std::string& id) { return fixture.reject(me, id, start); }, "rejected"},
        {[&](const std::string& id) { return report(fixture, me, id); }, "reported"},
    };
    for (const auto& one : cases) {
        const auto id = fixture.add();
        REQUIRE(one.act(id));
        const auto by_another = fixture.undo({bert, Fixture::everything()}, id, start + 1s);
        REQUIRE_FALSE(by_another);
        CHECK(by_another.error().kind == ErrorKind::conflict);
        REQUIRE(fixture.undo(me, id, start + 10s));
        CHECK(fixture.state_of(id) == HoldState::held);
        CHECK(fixture.acts_of(id) == Acts{"held", one.name, "undone"});
        CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
        CHECK_FALSE(fixture.undo(me, id, start + 10s));

        REQUIRE(one.act(id));
        const auto late = fixture.undo(me, id, start + 10s + 1ms);
        REQUIRE_FALSE(late);
        CHECK(late.error().kind == ErrorKind::conflict);
        fixture.run("DELETE FROM outbox");
    }
    // The report mails that were taken back left nothing.
    CHECK(fixture.number("SELECT count(*) FROM message WHERE sha256 IS NULL") == 1);
}

TEST_CASE("What the courier has begun is not undone") {
    Fixture fixture;
    const auto me = Fixture::actor(anna);
    const auto released = fixture.add();
    const auto reported = fixture.add();
    REQUIRE(fixture.release(me, released, start, start));
    REQUIRE(report(fixture, me, reported));
    const auto taken = fixture.take_due(start + 10s);
    REQUIRE(taken.size() == 2);
    for (const auto& id : {released, reported}) {
        const auto undone = fixture.undo(me, id, start + 1s);
        REQUIRE_FALSE(undone);
        CHECK(undone.error().kind == ErrorKind::conflict);
    }
    // Nor between two attempts: the first may have arrived.
    for (const auto& outgoing : taken)
        must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::retry(transaction, outgoing, "451", start, start + 1h);
        }));
    CHECK_FALSE(fixture.undo(me, released, start + 2s));
    CHECK_FALSE(fixture.undo(me, reported, start + 2s));
    CHECK(fixture.state_of(released) == HoldState::released);
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 2);
}

TEST_CASE("Random acts keep the invariants") {
    // A hold is in the outbox exactly while it is released; what left never comes back; its search
    // row, moderators' rows and bytes follow it.
    constexpr auto invariants =
        "SELECT count(*) FROM hold h WHERE "
        "(h.state = 'released') <> EXISTS (SELECT 1 FROM outbox o WHERE o.hold = h.row) OR "
        "(h.state <> 'expired' AND (SELECT message FROM mail WHERE row = h.mail) IS NULL) OR "
        "EXISTS (SELECT 1 FROM hold_moderator g WHERE g.hold = h.row AND g.state <> h.state) OR "
        "(h.state = 'held') <> (h.decided_at IS NULL)";
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Fixture fixture;
        base::SeededRandom random(seed);
        std::vector<std::string> holds;
        std::vector<quarantine::Outgoing> in_hand;
        base::Time now = start;
        must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::expire(transaction, now, 1);
        }));
        for (int step = 0; step < 250; ++step) {
            now += std::chrono::minutes(base::random_below(random, 60));
            const auto pick = [&] { return holds[base::random_below(random, holds.size())]; };
            const auto act = holds.empty() ? 0 : base::random_below(random, 10);
            const quarantine::Actor actor{anna, Fixture::everything()};
            const auto one_in_hand = [&]() -> std::optional<quarantine::Outgoing> {
                if (in_hand.empty()) return std::nullopt;
                auto last = std::move(in_hand.back());
                in_hand.pop_back();
                return last;
            };
            if (act <= 1) {
                const bool moderated = base::random_below(random, 2) == 0;
                holds.push_back(fixture.add(
                    {.bytes = "mail " + std::to_string(base::random_below(random, 5)),
                     .received_at = now},
                    {.kind = moderated ? mail::HoldKind::moderator : mail::HoldKind::user,
                     .moderators = {bert},
                     .expires_at = now + std::chrono::hours(24)}
                ));
            } else if (act == 2 || act == 3) {
                (void)fixture.release(actor, pick(), now, now + 10s);
            } else if (act == 4) {
                (void)fixture.reject(actor, pick(), now);
            } else if (act == 5) {
                (void)fixture.undo(actor, pick(), now);
            } else if (act == 6) {
                for (auto& outgoing : fixture.take_due(now, 2))
                    in_hand.push_back(std::move(outgoing));
            } else if (act == 7) {
                if (auto outgoing = one_in_hand())
                    must(fixture.write([&](database::Transaction& transaction) {
                        return quarantine::delivered(transaction, *outgoing, "250", now);
                    }));
            } else if (act == 8) {
                if (auto outgoing = one_in_hand()) {
                    const bool for_good = base::random_below(random, 2) == 0;
                    must(fixture.write([&](database::Transaction& t) -> base::Result<void> {
                        if (!for_good) return quarantine::retry(t, *outgoing, "451", now, now + 1h);
                        auto id = quarantine::failed(t, *outgoing, "550", now, now + 24h);
                        if (!id) return base::failure(id.error());
                        return {};
                    }));
                }
            } else {
                fixture.expire(now, 3);
            }
            REQUIRE(fixture.number(invariants) == 0);
        }
        // As many rows as holds, and FTS5's own check of what they say.
        fixture.run("INSERT INTO hold_search(hold_search, rank) VALUES('integrity-check', 1)");
        for (const auto& id : holds) {
            const auto acts = fixture.acts_of(id);
            CHECK(std::ranges::count(acts, "delivered") <= 1);
            CHECK(std::ranges::count(acts, "expired") <= 1);
            if (std::ranges::count(acts, "delivered") == 1) CHECK(acts.back() == "delivered");
        }
        CHECK(fixture.store->check_integrity());
    }
}
