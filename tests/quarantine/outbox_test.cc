#include "tests/catch.h"
#include "tests/quarantine/held.h"

using base::ErrorKind;
using held::anna;
using held::bert;
using held::Fixture;
using held::start;
using quarantine::HoldState;
using quarantine::Outgoing;
using namespace std::chrono_literals;
using Acts = std::vector<std::string>;

namespace {

std::int64_t add_copy(Fixture& fixture, std::int64_t mail, std::string_view to, base::Time due) {
    return must(fixture.write([&](database::Transaction& transaction) {
        const quarantine::NewOutgoing outgoing{
            .mail_row = mail,
            .recipient = {held::address(to), "FAILURE", "rfc822;x@y.test"},
            .hold_id = "",
            .added_fields = "X-Copy: 1\r\n",
            .due = due,
            .rule = "mixed",
            .reason = "could not be delivered",
        };
        return quarantine::add_outgoing(transaction, outgoing, start);
    }));
}

base::Result<void> deliver(Fixture& fixture, const Outgoing& outgoing) {
    return fixture.write([&](database::Transaction& transaction) {
        return quarantine::delivered(transaction, outgoing, "250 2.0.0 Ok", start);
    });
}

base::Result<std::string> fail(Fixture& fixture, const Outgoing& outgoing) {
    return fixture.write([&](database::Transaction& transaction) {
        return quarantine::failed(transaction, outgoing, "550 no", start, start + 14 * 24h);
    });
}

std::optional<base::Time> next_due(Fixture& fixture) {
    return must(fixture.read([](database::Snapshot& snapshot) {
        return quarantine::next_due(snapshot);
    }));
}

}  // namespace

TEST_CASE("A released hold goes out with its own envelope and becomes delivered") {
    Fixture fixture;
    const auto id = fixture.add({}, {.owner = "\"Odd Name\"@example.test"});
    CHECK_FALSE(next_due(fixture));
    REQUIRE(fixture.release({"root", Fixture::everything()}, id, start, start + 10s));
    CHECK(next_due(fixture) == start + 10s);
    CHECK(fixture.take_due(start + 9s).empty());
    const auto due = fixture.take_due(start + 10s);
    REQUIRE(due.size() == 1);
    const Outgoing& outgoing = due.front();
    CHECK(outgoing.hold_id == id);
    CHECK(outgoing.envelope.sender.text() == "news@example.org");
    REQUIRE(outgoing.envelope.recipients.size() == 1);
    CHECK(outgoing.envelope.recipients[0].address.text() == "\"Odd Name\"@example.test");
    CHECK(outgoing.envelope.recipients[0].notify == "NEVER");
    CHECK(outgoing.envelope.recipients[0].original_recipient == "rfc822;\"Odd Name\"@example.test");
    CHECK(outgoing.added_fields == "X-Added: yes\r\n");
    CHECK(outgoing.attempts == 0);
    CHECK(outgoing.first_due == start + 10s);
    CHECK_FALSE(next_due(fixture));

    REQUIRE(deliver(fixture, outgoing));
    CHECK(fixture.state_of(id) == HoldState::delivered);
    CHECK(fixture.acts_of(id) == Acts{"held", "released", "delivered"});
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
    const auto twice = deliver(fixture, outgoing);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().kind == ErrorKind::conflict);
}

TEST_CASE("The null sender stays null") {
    Fixture fixture;
    const auto mail = fixture.add_mail({.sender = ""});
    add_copy(fixture, mail, anna, start);
    const auto due = fixture.take_due(start);
    REQUIRE(due.size() == 1);
    CHECK(due[0].envelope.sender.is_null());
}

TEST_CASE("What was in hand when the process ended is taken again after free_all") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    add_copy(fixture, mail, anna, start);
    add_copy(fixture, mail, bert, start);
    REQUIRE(fixture.take_due(start, 1).size() == 1);
    const auto second = fixture.take_due(start);
    REQUIRE(second.size() == 1);
    REQUIRE(deliver(fixture, second[0]));
    CHECK(fixture.take_due(start).empty());
    fixture.reopen();
    CHECK(fixture.take_due(start).empty());
    must(fixture.write([](database::Transaction& transaction) {
        return quarantine::free_all(transaction);
    }));
    const auto again = fixture.take_due(start);
    REQUIRE(again.size() == 1);
    CHECK(again[0].envelope.recipients[0].address.text() == anna);
}

TEST_CASE("Due rows come oldest first, at most as many as asked for") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    for (int i = 0; i < 5; ++i)
        add_copy(fixture, mail, "r" + std::to_string(i) + "@example.test", start - i * 1s);
    const auto due = fixture.take_due(start, 3);
    REQUIRE(due.size() == 3);
    CHECK(due[0].envelope.recipients[0].address.local_part() == "r4");
    CHECK(due[2].envelope.recipients[0].address.local_part() == "r2");
    CHECK(fixture.take_due(start, 3).size() == 2);
}

TEST_CASE("A row that cannot be read is named, stays, and keeps nothing else from going out") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    const auto broken = add_copy(fixture, mail, anna, start);
    add_copy(fixture, mail, bert, start);
    REQUIRE(fixture.write([&](database::Transaction& transaction) {
        return transaction.execute("UPDATE outbox SET recipient = '@@' WHERE row = ?", {broken});
    }));
    const auto take = [&](base::Time now) {
        return must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::take_due(transaction, now, 1);
        }));
    };
    const auto due = take(start);
    REQUIRE(due.rows.size() == 1);
    CHECK(due.rows[0].envelope.recipients[0].address.text() == bert);
    REQUIRE(due.unreadable.size() == 1);
    CHECK(due.unreadable[0].find(std::to_string(broken)) != std::string::npos);
    CHECK(take(start + 59min).unreadable.empty());
    CHECK(take(start + 1h).unreadable.size() == 1);
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 2);
}

TEST_CASE("Rows that nobody wants yet are passed over and stay due") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    for (int i = 0; i < 20; ++i)
        add_copy(fixture, mail, "r" + std::to_string(i) + "@example.test", start - 1h);
    add_copy(fixture, mail, "zoe@other.test", start);
    const auto wanted = [](const mail::Address& to) { return to.domain().text() == "other.test"; };
    const auto due = must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::take_due(transaction, start, 2, wanted);
    }));
    REQUIRE(due.rows.size() == 1);
    CHECK(due.rows[0].envelope.recipients[0].address.text() == "zoe@other.test");
    CHECK(fixture.take_due(start).size() == 20);
}

TEST_CASE("A clock that is set back makes nothing wait longer") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    add_copy(fixture, mail, anna, start + 10s);
    must(fixture.write([](database::Transaction& transaction) {
        return quarantine::follow_clock_back(transaction, 48h);
    }));
    CHECK(fixture.take_due(start - 48h + 9s).empty());
    const auto due = fixture.take_due(start - 48h + 10s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].first_due == start - 48h + 10s);
}

TEST_CASE("After a start nothing waits longer than the longest delay") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    add_copy(fixture, mail, anna, start + 10s);
    add_copy(fixture, mail, bert, start + 1000h);
    must(fixture.write([](database::Transaction& transaction) {
        return quarantine::wait_no_longer_than(transaction, start, 4h);
    }));
    CHECK(fixture.take_due(start + 10s).size() == 1);
    CHECK(fixture.take_due(start + 4h - 1s).empty());
    CHECK(fixture.take_due(start + 4h).size() == 1);
}

TEST_CASE("A retry counts, waits, and is noted in the hold's history") {
    Fixture fixture;
    const auto id = fixture.add();
    REQUIRE(fixture.release(Fixture::actor(anna), id, start, start));
    const auto due = fixture.take_due(start);
    REQUIRE(due.size() == 1);
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::retry(transaction, due[0], "451 later", start, start + 60s);
    }));
    CHECK(fixture.take_due(start + 59s).empty());
    const auto again = fixture.take_due(start + 60s);
    REQUIRE(again.size() == 1);
    CHECK(again[0].attempts == 1);
    CHECK(again[0].first_due == start);
    CHECK(fixture.acts_of(id) == Acts{"held", "released", "attempt"});
    CHECK(fixture.state_of(id) == HoldState::released);
}

TEST_CASE("A release that fails for good is kept as failed, and can be released once more") {
    Fixture fixture;
    const auto id = fixture.add();
    REQUIRE(fixture.release(Fixture::actor(anna), id, start, start));
    CHECK(must(fail(fixture, fixture.take_due(start).at(0))) == id);
    const auto hold = must(fixture.find(Fixture::reach_of(anna), id));
    CHECK(hold.state == HoldState::failed);
    CHECK(hold.expires_at == start + 14 * 24h);
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
    REQUIRE(fixture.release(Fixture::actor(anna), id, start, start));
    REQUIRE(deliver(fixture, fixture.take_due(start).at(0)));
    CHECK(fixture.state_of(id) == HoldState::delivered);
}

TEST_CASE("A deliver copy that fails for good becomes an administrator's hold with its reason") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    add_copy(fixture, mail, bert, start);
    const auto id = must(fail(fixture, fixture.take_due(start).at(0)));
    const auto hold = must(fixture.find(Fixture::everything(), id));
    CHECK(hold.state == HoldState::failed);
    CHECK(hold.kind == mail::HoldKind::administrator);
    CHECK(hold.owner == bert);
    CHECK(hold.rule == "mixed");
    CHECK(hold.reason == "could not be delivered");
    CHECK(hold.mail_row == mail);
    CHECK(fixture.acts_of(id) == Acts{"held", "failed"});
    CHECK_FALSE(fixture.find(Fixture::reach_of(bert), id));
}

TEST_CASE("The bytes of a copy go when the last who needs them is served") {
    Fixture fixture;
    const auto copies = fixture.add_mail({.bytes = "only copies"});
    add_copy(fixture, copies, anna, start);
    add_copy(fixture, copies, bert, start);
    const auto mixed = fixture.add_mail({.bytes = "a copy and a hold"});
    add_copy(fixture, mixed, anna, start);
    fixture.add_hold(mixed, {.owner = bert});

    const auto due = fixture.take_due(start);
    REQUIRE(due.size() == 3);
    REQUIRE(deliver(fixture, due[0]));
    CHECK(fixture.number("SELECT count(*) FROM message WHERE sha256 IS NOT NULL") == 2);
    REQUIRE(deliver(fixture, due[1]));
    CHECK(fixture.number("SELECT count(*) FROM message WHERE sha256 IS NOT NULL") == 1);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 1);
    REQUIRE(deliver(fixture, due[2]));
    CHECK(fixture.number("SELECT count(*) FROM mail") == 1);
    fixture.expire(start);
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 1);
}

TEST_CASE("A row behind a hold names it, and a hold has only one") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    const auto id = fixture.add_hold(mail, {});
    const auto add = [&](const std::string& hold) {
        return fixture.write([&](database::Transaction& transaction) {
            const quarantine::NewOutgoing outgoing{
                .mail_row = mail,
                .recipient = {held::address(anna), "", ""},
                .hold_id = hold,
                .added_fields = "",
                .due = start,
                .rule = "",
                .reason = "",
            };
            return quarantine::add_outgoing(transaction, outgoing, start);
        });
    };
    CHECK(add("nothing").error().kind == ErrorKind::not_found);
    REQUIRE(add(id));
    CHECK(add(id).error().kind == ErrorKind::conflict);
}

TEST_CASE("What may be dropped leaves nothing behind when it cannot be delivered") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    must(fixture.write([&](database::Transaction& transaction) {
        const quarantine::NewOutgoing outgoing{
            .mail_row = mail,
            .recipient = {held::address(anna), "", ""},
            .hold_id = "",
            .added_fields = "",
            .due = start,
            .rule = "digest",
            .reason = "",
            .if_refused = quarantine::IfRefused::drop,
        };
        return quarantine::add_outgoing(transaction, outgoing, start);
    }));
    const auto due = fixture.take_due(start);
    REQUIRE(due.size() == 1);
    CHECK(due[0].rule == "digest");
    CHECK(due[0].if_refused == quarantine::IfRefused::drop);
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::dropped(transaction, due[0]);
    }));
    CHECK(fixture.number("SELECT count(*) FROM outbox") == 0);
    CHECK(fixture.number("SELECT count(*) FROM hold") == 0);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 0);
    // Twice is not ours to do.
    const auto again = fixture.write([&](database::Transaction& transaction) {
        return quarantine::dropped(transaction, due[0]);
    });
    CHECK(again.error().kind == ErrorKind::conflict);
}
