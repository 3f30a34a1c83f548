#include "quarantine/newly_held.h"

#include "tests/catch.h"
#include "tests/quarantine/held.h"

using held::anna;
using held::bert;
using held::Fixture;
using held::start;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

Texts owners(Fixture& fixture, const std::string& after, int limit) {
    return must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::owners_with_holds(snapshot, after, limit);
    }));
}

Texts ids_of(const std::vector<quarantine::WaitingHold>& holds) {
    Texts ids;
    for (const auto& hold : holds) ids.push_back(hold.id);
    return ids;
}

}  // namespace

TEST_CASE("Owners who have holds of their own to decide about are found in order") {
    Fixture fixture;
    fixture.add({}, {.owner = bert});
    fixture.add({}, {.owner = anna});
    fixture.add({}, {.owner = anna});
    fixture.add({}, {.owner = "boss@example.test", .kind = mail::HoldKind::administrator});
    fixture.add({}, {.owner = "carl@example.test", .kind = mail::HoldKind::moderator});
    const auto decided = fixture.add({}, {.owner = "dora@example.test"});
    must(fixture.reject(Fixture::actor("dora@example.test"), decided, start));
    fixture.add({}, {.owner = "zoe@example.test"});
    CHECK(owners(fixture, "", 10) == Texts{anna, bert, "zoe@example.test"});
    CHECK(owners(fixture, "", 1) == Texts{anna});
    CHECK(owners(fixture, anna, 1) == Texts{bert});
    CHECK(owners(fixture, "zoe@example.test", 10).empty());
}

TEST_CASE("What waits for several addresses comes as one row in order of receipt") {
    Fixture fixture;
    const auto third = fixture.add({.received_at = start + 3s}, {.owner = anna});
    const auto first = fixture.add({.received_at = start + 1s}, {.owner = anna});
    const auto second = fixture.add({.received_at = start + 2s}, {.owner = bert});
    fixture.add({.received_at = start + 2s}, {.owner = "carl@example.test"});
    fixture.add(
        {.received_at = start + 2s}, {.owner = anna, .kind = mail::HoldKind::administrator}
    );
    const Texts both{anna, bert};
    const auto found = [&](base::Time until, std::int64_t after, int limit, base::Time since = {}) {
        return must(fixture.read([&](database::Snapshot& snapshot) {
            return quarantine::waiting_holds_of(snapshot, both, since, until, after, limit);
        }));
    };
    CHECK(ids_of(found(start + 1h, 0, 10)) == Texts{first, second, third});
    CHECK(ids_of(found(start + 2s, 0, 10)) == Texts{first, second});
    CHECK(ids_of(found(start + 1h, 0, 10, start + 2s)) == Texts{second, third});
    const auto page = found(start + 1h, 0, 2);
    CHECK(ids_of(page) == Texts{first, second});
    CHECK(ids_of(found(start + 1h, page.back().row, 2)) == Texts{third});
    CHECK(page.front().received_at == start + 1s);
    CHECK(page.front().expires_at == start + std::chrono::days(14));
}

TEST_CASE("What has come in since a moment is found whoever owns it") {
    Fixture fixture;
    fixture.add({.received_at = start}, {.owner = anna});
    const auto one = fixture.add({.received_at = start + 5s}, {.owner = bert});
    const auto two = fixture.add({.received_at = start + 6s}, {.owner = anna});
    fixture.add(
        {.received_at = start + 7s}, {.owner = anna, .kind = mail::HoldKind::administrator}
    );
    const auto since = [&](base::Time from, std::int64_t after) {
        return must(fixture.read([&](database::Snapshot& snapshot) {
            return quarantine::waiting_holds_since(snapshot, from, after, 10);
        }));
    };
    const auto found = since(start + 5s, 0);
    CHECK(ids_of(found) == Texts{one, two});
    CHECK(found.front().rule == "a rule");
    CHECK(ids_of(since(start + 5s, found.front().row)) == Texts{two});
}
