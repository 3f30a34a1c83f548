#include "tests/catch.h"
#include "tests/quarantine/held.h"

using base::ErrorKind;
using held::anna;
using held::bert;
using held::Fixture;
using held::start;
using quarantine::HoldFilter;
using quarantine::HoldState;
using quarantine::Rejected;
using namespace std::chrono_literals;

namespace {

constexpr auto day = std::chrono::hours(24);

// Looks every half day, as a running gateway does more often.
quarantine::Expiry live_until(Fixture& fixture, base::Time from, base::Time until) {
    quarantine::Expiry sum;
    for (base::Time now = from; now <= until; now += 12h) {
        const auto one = fixture.expire(now);
        sum.expired += one.expired;
        sum.removed_mails += one.removed_mails;
    }
    return sum;
}

base::ErrorKind load_error(Fixture& fixture, std::int64_t mail) {
    const auto loaded = fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::load_bytes(snapshot, mail, {fixture.scratch.directory()});
    });
    return loaded ? ErrorKind::trouble : loaded.error().kind;
}

}  // namespace

TEST_CASE("A hold expires after its time, its bytes go, its facts stay, and later it is gone") {
    Fixture fixture;
    const auto mail = fixture.add_mail({.subject = "fact", .text = "content"});
    const auto id = fixture.add_hold(mail, {});
    const auto before = live_until(fixture, start, start + 14 * day - 12h);
    CHECK(before.expired == 0);
    const auto after = live_until(fixture, start + 14 * day, start + 15 * day);
    CHECK(after.expired == 1);
    CHECK(after.removed_mails == 1);
    const auto hold = must(fixture.find(Fixture::reach_of(anna), id));
    CHECK(hold.state == HoldState::expired);
    CHECK(hold.subject == "fact");
    CHECK(hold.sha256.size() == 64);
    CHECK(load_error(fixture, mail) == ErrorKind::not_found);
    CHECK(fixture.number("SELECT count(*) FROM message") == 0);
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 0);
    CHECK(fixture.number("SELECT count(*) FROM mail_text") == 0);
    CHECK_FALSE(fixture.release(Fixture::actor(anna), id, start, start));

    HoldFilter filter;
    filter.states = {};
    filter.search = "content";
    CHECK(fixture.list(Fixture::reach_of(anna), filter).holds.empty());
    filter.search = "fact";
    CHECK(fixture.list(Fixture::reach_of(anna), filter).holds.size() == 1);

    live_until(fixture, start + 15 * day, start + 29 * day);
    CHECK_FALSE(fixture.find(Fixture::everything(), id));
    for (const std::string table : {"hold", "hold_event", "mail"})
        CHECK(fixture.number("SELECT count(*) FROM " + table) == 0);
    fixture.run("INSERT INTO hold_search(hold_search, rank) VALUES('integrity-check', 1)");
    CHECK(fixture.list(Fixture::reach_of(anna), filter).holds.empty());
}

TEST_CASE("Bytes stay as long as one hold or the outbox needs them") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    fixture.add_hold(mail, {.expires_at = start + day});
    const auto longer = fixture.add_hold(mail, {.owner = bert, .expires_at = start + 3 * day});
    // The same bytes in another mail.
    const auto twin = fixture.add({}, {.expires_at = start + 2 * day});
    REQUIRE(fixture.release(Fixture::actor(bert), longer, start, start + 3 * day));
    const auto sum = live_until(fixture, start, start + 4 * day);
    CHECK(sum.expired == 2);
    CHECK(sum.removed_mails == 1);
    CHECK(fixture.state_of(twin) == HoldState::expired);
    CHECK(fixture.number("SELECT count(*) FROM message") == 1);
    const auto due = fixture.take_due(start + 4 * day);
    REQUIRE(due.size() == 1);
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::delivered(transaction, due[0], "250", start + 4 * day);
    }));
    live_until(fixture, start + 4 * day, start + 20 * day);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 0);
    CHECK(fixture.number("SELECT count(*) FROM message") == 0);
    CHECK(fixture.number("SELECT count(*) FROM hold") == 0);
}

TEST_CASE("A decided hold can be looked at for its time and then goes with its bytes") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    const auto id = fixture.add_hold(mail, {});
    REQUIRE(fixture.reject(Fixture::actor(anna), id, start));
    live_until(fixture, start, start + 13 * day);
    CHECK(fixture.state_of(id) == HoldState::rejected);
    CHECK(load_error(fixture, mail) != ErrorKind::not_found);
    const auto sum = live_until(fixture, start + 13 * day, start + 15 * day);
    CHECK(sum.expired == 0);
    CHECK(sum.removed_mails == 1);
    CHECK(fixture.number("SELECT count(*) FROM hold") == 0);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 0);
}

TEST_CASE("A jump of the clock expires nothing for a day, in either direction") {
    Fixture fixture;
    const auto id = fixture.add();
    fixture.expire(start);
    const base::Time wrong = start + 400 * day;
    CHECK(fixture.expire(wrong).rests);
    CHECK(fixture.expire(wrong + 1min).expired == 0);
    CHECK(fixture.expire(wrong + 23h).expired == 0);
    // Mended in time: nothing was lost, and the rest begins anew with the right time.
    CHECK(fixture.expire(start + 1 * day).expired == 0);
    CHECK(live_until(fixture, start + 1 * day, start + 13 * day).expired == 0);
    CHECK(fixture.state_of(id) == HoldState::held);
    CHECK(live_until(fixture, start + 13 * day, start + 14 * day).expired == 1);

    // Off for a month: the rest is a day.
    const auto second = fixture.add();
    CHECK(fixture.expire(start + 50 * day).expired == 0);
    CHECK(fixture.expire(start + 50 * day + 12h).expired == 0);
    CHECK(fixture.expire(start + 51 * day).expired == 1);
    CHECK(fixture.state_of(second) == HoldState::expired);
}

TEST_CASE("Expiry does at most a batch a call, and big messages go in pieces") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    for (int i = 0; i < 7; ++i) fixture.add_hold(mail, {.expires_at = start});
    CHECK(fixture.expire(start, 3).expired == 3);
    CHECK(fixture.expire(start, 3).expired == 3);
    CHECK(fixture.expire(start, 3).expired == 1);
    CHECK(fixture.expire(start, 3).expired == 0);

    std::string bytes(std::size_t{131072} * 600, 'x');
    fixture.add({.bytes = std::move(bytes)}, {.expires_at = start});
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 600);
    CHECK(fixture.expire(start).removed_mails == 1);
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 600 - 512);
    // Half removed it is not found by its digest.
    fixture.expire(start);
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 0);
    CHECK(fixture.number("SELECT count(*) FROM message") == 0);
}

TEST_CASE("Equal bytes that come while the old ones are being removed are stored anew") {
    Fixture fixture;
    const std::string bytes(std::size_t{131072} * 600, 'x');
    fixture.add({.bytes = bytes}, {.expires_at = start});
    fixture.expire(start);
    const auto mail = fixture.add_mail({.bytes = bytes});
    fixture.add_hold(mail, {});
    fixture.expire(start);
    const auto loaded = fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::load_bytes(snapshot, mail, {fixture.scratch.directory()});
    });
    REQUIRE(loaded);
    CHECK(loaded->size() == bytes.size());
}

TEST_CASE("Rejected mail is listed for its recipient, newest first, and forgotten") {
    Fixture fixture;
    for (int i = 0; i < 25; ++i) {
        const Rejected rejected{
            start + i * 1s,
            i % 5 == 4 ? bert : anna,
            "spam@example.org",
            "Spam <spam@example.org>",
            "offer " + std::to_string(i),
            "managed sender",
            "blocked by you",
            "192.0.2.1",
            "m" + std::to_string(i)
        };
        must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::add_rejected(transaction, rejected);
        }));
    }
    const auto list = [&](const quarantine::Reach& reach, const std::string& cursor) {
        return fixture.read([&](database::Snapshot& snapshot) {
            return quarantine::list_rejected(snapshot, reach, "", cursor, 8);
        });
    };
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const auto page = must(list(Fixture::reach_of(anna), cursor));
        CHECK(page.rejected.size() <= 8);
        for (const auto& one : page.rejected) {
            CHECK(one.recipient == anna);
            seen.push_back(one.subject);
        }
        cursor = page.next;
    } while (!cursor.empty());
    CHECK(seen.size() == 20);
    CHECK(seen.front() == "offer 23");
    CHECK(seen.back() == "offer 0");
    CHECK(must(list(Fixture::everything(), "")).rejected.front().subject == "offer 24");
    CHECK(must(list({}, "")).rejected.empty());
    CHECK(list(Fixture::reach_of(anna), "1; DROP").error().kind == ErrorKind::invalid);

    const auto forget = [&](base::Time before) {
        return must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::expire_rejected(transaction, before, 10);
        }));
    };
    CHECK(forget(start + 12s) == 10);
    CHECK(forget(start + 12s) == 2);
    CHECK(forget(start + 12s) == 0);
    CHECK(fixture.number("SELECT count(*) FROM rejected") == 13);
}

TEST_CASE("A sender who knocks without end fills the record of one recipient to its bound") {
    Fixture fixture;
    must(fixture.write([&](database::Transaction& transaction) -> base::Result<void> {
        for (int i = 0; i < 1105; ++i) {
            const bool is_for_bert = i < 5;
            const Rejected rejected{
                start + i * 1s,
                is_for_bert ? bert : anna,
                "spam@example.org",
                "",
                "offer " + std::to_string(i),
                "managed sender",
                "blocked by you",
                "192.0.2.1",
                "m"
            };
            auto added = quarantine::add_rejected(transaction, rejected);
            if (!added) return added;
        }
        return {};
    }));
    CHECK(fixture.number("SELECT count(*) FROM rejected") == 1005);
    CHECK(fixture.number("SELECT count(*) FROM rejected WHERE subject = 'offer 104'") == 0);
    CHECK(fixture.number("SELECT count(*) FROM rejected WHERE subject = 'offer 105'") == 1);
}
