#include "tests/catch.h"
#include "tests/tracking/tracked.h"

using tracked::Fixture;
using tracked::record;
using tracked::start;
using tracking::Key;
using tracking::KeyKind;
using tracking::Outcome;
using tracking::Stage;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

TEST_CASE("A record comes back as it was written") {
    Fixture fixture;
    tracking::Record full = record("a", start + 7ms);
    full.stage = Stage::recipient;
    full.outcome = Outcome::refused;
    full.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    full.header_from = "ceo@example.org";
    full.verdict = "reject";
    full.rule = "blocked example.org";
    full.code = 550;
    full.reply = "550 5.7.1 no";
    full.backend = "127.0.0.1:2600";
    full.backend_reply = "550 5.1.1 unknown";
    fixture.write({full});
    const auto found = fixture.records("a");
    REQUIRE(found.size() == 1);
    const auto& back = found.front();
    CHECK(back.at == full.at);
    CHECK(back.stage == full.stage);
    CHECK(back.outcome == full.outcome);
    CHECK(back.client == full.client);
    CHECK(back.helo == full.helo);
    CHECK(back.tls == full.tls);
    CHECK(back.sender == full.sender);
    CHECK(back.header_from == full.header_from);
    CHECK(back.message_id == full.message_id);
    CHECK(back.recipient == full.recipient);
    CHECK(back.verdict == full.verdict);
    CHECK(back.rule == full.rule);
    CHECK(back.code == full.code);
    CHECK(back.reply == full.reply);
    CHECK(back.backend == full.backend);
    CHECK(back.backend_reply == full.backend_reply);
    CHECK(back.size == full.size);
}

TEST_CASE("Every outcome and stage has a name that leads back to it") {
    for (int i = 0; i <= static_cast<int>(Outcome::failed); ++i) {
        const auto outcome = static_cast<Outcome>(i);
        CHECK(tracking::outcome_named(name_of(outcome)) == outcome);
    }
    for (int i = 0; i <= static_cast<int>(Stage::delivery); ++i) {
        const auto stage = static_cast<Stage>(i);
        CHECK(tracking::stage_named(name_of(stage)) == stage);
    }
    CHECK_FALSE(tracking::outcome_named("lost"));
}

TEST_CASE("A message is found by id, addresses and Message-ID, over hours, and by nothing else") {
    Fixture fixture;
    auto other = record("b", start + 5h, "Bob@Example.test");
    other.sender = "Boss@Example.org";
    fixture.write({record("a"), other, record("a", start + 3h)});
    CHECK(fixture.ids({{KeyKind::id, "a"}}) == Ids{"a"});
    CHECK(fixture.ids({{KeyKind::recipient, "ada@example.test"}}) == Ids{"a"});
    CHECK(fixture.ids({{KeyKind::recipient, "bob@example.test"}}) == Ids{"b"});
    CHECK(fixture.ids({{KeyKind::sender, "boss@EXAMPLE.org"}}) == Ids{"b"});
    CHECK(fixture.ids({{KeyKind::message_id, "b@example.org"}}) == Ids{"b"});
    CHECK(fixture.ids({{KeyKind::message_id, " <b@example.org> "}}) == Ids{"b"});
    CHECK(fixture.ids({{KeyKind::message_id, "B@example.org"}}).empty());
    CHECK(fixture.ids({{KeyKind::sender, "ada@example.test"}}).empty());
    CHECK(fixture.ids({{KeyKind::recipient, "news@example.org"}}).empty());
    CHECK(fixture.ids({{KeyKind::id, ""}}).empty());
    // Both of its records, oldest first.
    REQUIRE(fixture.records("a").size() == 2);
    CHECK(fixture.records("a")[0].at == start);
    CHECK(fixture.records("a")[1].at == start + 3h);
}

TEST_CASE("Newest messages come first, each once, as many as wanted, not older than wanted") {
    Fixture fixture;
    fixture.write({record("a"), record("b", start + 1h), record("c", start + 1h + 1s)});
    fixture.write({record("a", start + 2h), record("d", start + 1h, "bob@example.test")});
    const Key ada{KeyKind::recipient, "ada@example.test"};
    const Key bob{KeyKind::recipient, "bob@example.test"};
    CHECK(fixture.ids({ada}) == Ids{"a", "c", "b"});
    CHECK(fixture.ids({ada}, base::Time(), 2) == Ids{"a", "c"});
    CHECK(fixture.ids({ada}, start + 1h + 1s) == Ids{"a", "c"});
    CHECK(fixture.ids({ada}, start + 3h).empty());
    CHECK(fixture.ids({ada, bob}).size() == 4);
}

TEST_CASE("The oldest record says how far back they reach") {
    Fixture fixture;
    const auto oldest = [&] {
        return must(fixture.store->read_and_wait([](database::Snapshot& snapshot) {
            return tracking::oldest(snapshot);
        }));
    };
    CHECK_FALSE(oldest());
    fixture.write({record("b", start + 1h), record("a")});
    CHECK(oldest() == start);
}

TEST_CASE("Hostile and overlong texts are kept as bounded, valid text") {
    Fixture fixture;
    auto hostile = record("a");
    hostile.helo = std::string("\xff\0\x1b[2J", 6);
    hostile.message_id = "<" + std::string(10'000, 'm') + ">";
    fixture.write({hostile});
    const auto found = fixture.records("a");
    REQUIRE(found.size() == 1);
    CHECK(found.front().helo == "\xef\xbf\xbd \x1b[2J");
    CHECK(found.front().message_id.size() == 512);
}

TEST_CASE(
    "Records of one millisecond, and after the clock went back, do not take each other's place"
) {
    Fixture fixture;
    for (int i = 0; i < 3; ++i) {
        fixture.number = 41;  // as a second start within the millisecond could have it
        fixture.write({record("a"), record("b")});
    }
    CHECK(fixture.records("a").size() == 3);
    CHECK(fixture.records("b").size() == 3);
    fixture.write({record("a", start - 2h)});
    CHECK(fixture.records("a").front().at == start - 2h);
}

TEST_CASE("Old hours go in batches and leave nothing behind, younger ones stay") {
    Fixture fixture;
    std::vector<tracking::Record> records;
    for (int i = 0; i < 25; ++i) records.push_back(record("old" + std::to_string(i), start));
    records.push_back(record("young", start + 2h));
    fixture.write(records);
    const std::uint64_t plenty = 1'000'000;
    CHECK(fixture.prune(start, plenty, 10) == 0);  // its hour is not over
    std::uint64_t steps = 0;
    while (const auto removed = fixture.prune(start + 2h, plenty, 10)) {
        CHECK(removed <= 10);
        ++steps;
    }
    // 25 records and their 77 keys (sender and recipient of each record count, too).
    CHECK(steps > 10);
    CHECK(fixture.count("SELECT count(*) FROM tracking_record") == 1);
    CHECK(fixture.count("SELECT count(*) FROM tracking_hour") == 1);
    CHECK(fixture.count("SELECT count(*) FROM tracking_key") == 4);
    CHECK(fixture.ids({{KeyKind::recipient, "ada@example.test"}}) == Ids{"young"});
}

TEST_CASE("More than the bound makes the oldest go") {
    Fixture fixture;
    for (int i = 0; i < 30; ++i)
        fixture.write({record("m" + std::to_string(i), start + i * 10min)});
    while (fixture.prune(base::Time(), 12, 5) > 0) {
    }
    CHECK(fixture.count("SELECT count(*) FROM tracking_record") == 12);
    CHECK(fixture.count("SELECT sum(records) FROM tracking_hour") == 12);
    const auto left = fixture.ids({{KeyKind::recipient, "ada@example.test"}});
    REQUIRE(left.size() == 12);
    CHECK(left.front() == "m29");
    CHECK(left.back() == "m18");
}
