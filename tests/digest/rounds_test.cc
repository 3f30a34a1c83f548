#include "digest/rounds.h"

#include "tests/catch.h"
#include "tests/digest/world.h"

#include <algorithm>

using world::start;
using world::World;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

const std::string ada = "ada@example.test";
const std::string ben = "ben@example.test";

base::Time at(const std::string& text) {
    return must(base::from_rfc3339(text));
}

Texts recipients(const std::vector<world::Sent>& all) {
    Texts to;
    for (const auto& sent : all) to.push_back(sent.to);
    std::sort(to.begin(), to.end());
    return to;
}

accounts::Preferences wishes(
    accounts::Notify notify, Texts times = {}, std::string zone = "", unsigned days = 0
) {
    accounts::Preferences preferences;
    preferences.notify = notify;
    preferences.digest_times = std::move(times);
    preferences.time_zone = std::move(zone);
    preferences.digest_days = days;
    return preferences;
}

}  // namespace

TEST_CASE("Each hold is told of once, at the next time, to who owns it") {
    World world;
    auto rounds = world.rounds();
    world.add_person(ada, {"alias@example.test"});
    world.run(rounds, start + 1h);  // 09:00
    const auto first = world.hold(ada, {.at = start + 90min});
    const auto second = world.hold("alias@example.test", {.at = start + 2h});
    const auto other = world.hold("nobody@example.test", {.at = start + 3h});
    world.hold(ada, {.at = start + 3h, .kind = mail::HoldKind::administrator});
    world.hold("x@elsewhere.example", {.at = start + 3h});
    world.run(rounds, start + 23h + 59min);
    CHECK(world.courier(start + 24h).empty());

    world.run(rounds, start + 24h + 5s);
    auto sent = world.courier(start + 24h + 5s);
    CHECK(recipients(sent) == Texts{ada, "nobody@example.test"});
    CHECK(world.woken == 2);
    for (const auto& one : sent) {
        if (one.to == ada)
            CHECK(world.listed(one.token) == Texts{second, first});
        else
            CHECK(world.listed(one.token) == Texts{other});
    }
    CHECK(world.measures.digests.value() == 2);
    CHECK(world.measures.listed.value() == 3);

    // Nothing new, no mail.
    world.run(rounds, start + 48h + 5s);
    CHECK(world.courier(start + 49h).empty());
    const auto third = world.hold(ada, {.at = start + 50h});
    world.run(rounds, start + 72h + 5s);
    sent = world.courier(start + 72h + 5s);
    REQUIRE(sent.size() == 1);
    CHECK(world.listed(sent[0].token) == Texts{third});
}

TEST_CASE("What was decided before its digest is not told of") {
    World world;
    auto rounds = world.rounds();
    world.run(rounds, start);
    const auto id = world.hold(ada, {.at = start + 1h});
    must(world.store->write_and_wait([&](database::Transaction& transaction) {
        quarantine::Actor actor{ada, {}};
        actor.reach.owners = {ada};
        return quarantine::reject(transaction, actor, id, start + 2h);
    }));
    world.run(rounds, start + 25h);
    CHECK(world.courier(start + 25h).empty());
}

TEST_CASE("A time that was missed is made up for once, also after a restart") {
    World world;
    {
        auto rounds = world.rounds();
        world.run(rounds, start + 1h);
    }
    world.hold(ada, {.at = start + 2h});
    // Off for three days; then a new start, and another.
    for (int i = 0; i < 2; ++i) {
        auto rounds = world.rounds();
        world.run(rounds, start + 80h);
        CHECK(world.courier(start + 80h).size() == (i == 0 ? 1 : 0));
    }
}

TEST_CASE("The first start sends nothing for the times before it") {
    World world;
    world.hold(ada, {.at = start - 30h});
    auto rounds = world.rounds();
    world.run(rounds, start + 1h);
    CHECK(world.courier(start + 1h).empty());
    world.run(rounds, start + 25h);
    CHECK(world.courier(start + 25h).size() == 1);
}

TEST_CASE("A round that was cut short goes on, and nobody gets two") {
    World world;
    constexpr int people = 2 * digest::Rounds::mails_a_step + 5;
    {
        auto rounds = world.rounds();
        world.run(rounds, start);
        for (int i = 0; i < people; ++i)
            world.hold("p" + std::to_string(i) + "@example.test", {.at = start + 1h});
        REQUIRE(rounds.step(world.settings, start + 25h));
        CHECK(world.courier(start + 25h).size() == digest::Rounds::mails_a_step);
        // More comes in while the round is under way: that is for the next.
        world.hold("p0@example.test", {.at = start + 25h + 1min});
    }
    auto rounds = world.rounds();
    world.run(rounds, start + 25h + 10min);
    const auto rest = recipients(world.courier(start + 26h));
    CHECK(rest.size() == people - digest::Rounds::mails_a_step);
    CHECK(std::adjacent_find(rest.begin(), rest.end()) == rest.end());
    CHECK(world.number("SELECT count(DISTINCT hold) FROM digest_item") == people);
    CHECK(world.number("SELECT count(*) FROM digest_item") == people);
}

TEST_CASE("One step sends a bounded number of mails") {
    World world;
    auto rounds = world.rounds();
    world.run(rounds, start);
    for (int i = 0; i < 50; ++i)
        world.hold("p" + std::to_string(i) + "@example.test", {.at = start + 1h});
    const auto left = rounds.step(world.settings, start + 25h);
    REQUIRE(left);
    CHECK(*left == digest::Rounds::Left::more);
    CHECK(world.courier(start + 25h).size() == digest::Rounds::mails_a_step);
}

TEST_CASE("A clock that was wrong for a year stops no digest when it is mended") {
    World world;
    auto rounds = world.rounds();
    world.run(rounds, start + 365 * 24h);
    world.run(rounds, start);
    world.hold(ada, {.at = start + 1h});
    world.run(rounds, start + 25h);
    CHECK(world.courier(start + 25h).size() == 1);
}

TEST_CASE("People choose their own times, days and zone, or nothing at all") {
    World world;
    auto rounds = world.rounds();
    // 08:30 in Berlin is 07:30 UTC in winter; Saturday only.
    world.add_person(ada, {}, wishes(accounts::Notify::site, {"08:30"}, "Europe/Berlin", 1U << 5));
    world.add_person(ben, {}, wishes(accounts::Notify::nothing));
    world.run(rounds, start);  // a Friday
    world.hold(ada, {.at = start + 1h});
    world.hold(ben, {.at = start + 1h});
    world.run(rounds, at("2027-01-16T07:29:00Z"));
    CHECK(world.courier(start + 24h).empty());
    world.run(rounds, at("2027-01-16T07:30:10Z"));
    CHECK(recipients(world.courier(start + 24h)) == Texts{ada});
    world.hold(ada, {.at = at("2027-01-16T12:00:00Z")});
    world.run(rounds, at("2027-01-20T12:00:00Z"));
    CHECK(world.courier(start + 200h).empty());
}

TEST_CASE("A digest keeps its hour on the wall when clocks are set") {
    World world;
    world.settings.digest.time_zone = "Europe/Berlin";
    auto rounds = world.rounds();
    // In the night to 28 March 2027 clocks there jump from 02:00 to 03:00: 08:00 is 06:00 UTC.
    world.run(rounds, at("2027-03-27T08:00:00Z"));
    world.hold(ada, {.at = at("2027-03-27T20:00:00Z")});
    world.run(rounds, at("2027-03-28T05:59:00Z"));
    CHECK(world.courier(at("2027-03-28T05:59:00Z")).empty());
    world.run(rounds, at("2027-03-28T06:00:10Z"));
    CHECK(world.courier(at("2027-03-28T06:01:00Z")).size() == 1);
    // A time that does not exist that night is served when the clock has jumped over it.
    world.settings.digest.times = {"02:30"};
    World other;
    other.settings.digest.time_zone = "Europe/Berlin";
    other.settings.digest.times = {"02:30"};
    auto again = other.rounds();
    other.run(again, at("2027-03-27T20:00:00Z"));
    other.hold(ada, {.at = at("2027-03-27T21:00:00Z")});
    other.run(again, at("2027-03-28T00:59:00Z"));
    CHECK(other.courier(at("2027-03-28T00:59:00Z")).empty());
    other.run(again, at("2027-03-28T01:31:00Z"));
    CHECK(other.courier(at("2027-03-28T01:31:00Z")).size() == 1);
}

TEST_CASE("A notice comes within a minute, with what came together in one") {
    World world;
    world.settings.digest.no_notice_for_rules = {"certain spam"};
    auto rounds = world.rounds();
    world.add_person(ada, {}, wishes(accounts::Notify::notice));
    world.run(rounds, start);
    const auto first = world.hold(ada, {.at = start + 60s});
    const auto second = world.hold(ada, {.at = start + 65s});
    world.hold(ada, {.at = start + 66s, .rule = "certain spam"});
    world.hold(ben, {.at = start + 60s});
    world.run(rounds, start + 70s);
    CHECK(world.courier(start + 70s).empty());
    world.run(rounds, start + 80s);
    const auto sent = world.courier(start + 80s);
    REQUIRE(recipients(sent) == Texts{ada});
    CHECK(world.listed(sent[0].token) == Texts{second, first});
    world.run(rounds, start + 90s);
    world.run(rounds, start + 10min);
    CHECK(world.courier(start + 10min).empty());
    CHECK(world.measures.notices.value() == 1);
    // Ben has chosen nothing, and gets his digest at eight.
    world.run(rounds, start + 24h);
    CHECK(recipients(world.courier(start + 24h)) == Texts{ben});
}

TEST_CASE("Without notices for anybody nothing is sent before the time") {
    World world;
    auto rounds = world.rounds();
    world.run(rounds, start);
    world.hold(ada, {.at = start + 60s});
    world.run(rounds, start + 120s);
    CHECK(world.courier(start + 120s).empty());
}

TEST_CASE("An account that cannot be read keeps nobody else from being told") {
    World world;
    auto rounds = world.rounds();
    world.add_person(ada);
    world.add_person(ben);
    world.run(rounds, start + 1h);
    world.hold(ada, {.at = start + 2h});
    const auto of_ben = world.hold(ben, {.at = start + 2h});
    world.write([](database::Transaction& transaction) -> base::Result<void> {
        for (const std::string_view sql :
             {"PRAGMA ignore_check_constraints = ON",
              "UPDATE account SET role = 'x' WHERE address = 'ada@example.test'",
              "PRAGMA ignore_check_constraints = OFF"}) {
            must(transaction.execute(sql));
        }
        return {};
    });
    world.run(rounds, start + 24h + 5s);
    const auto sent = world.courier(start + 24h + 5s);
    REQUIRE(recipients(sent) == Texts{ben});
    CHECK(world.listed(sent[0].token) == Texts{of_ben});
    CHECK(world.measures.failed(digest::Kind::digest).value() > 0);
}
