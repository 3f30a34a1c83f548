#include "tests/catch.h"
#include "tests/quarantine/held.h"

using base::ErrorKind;
using held::anna;
using held::bert;
using held::Fixture;
using held::ids;
using quarantine::HoldFilter;
using quarantine::HoldState;
using quarantine::Order;
using quarantine::Reach;
using quarantine::Scope;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> found(Fixture& fixture, const std::string& words) {
    HoldFilter filter;
    filter.search = words;
    auto page = fixture.list(Fixture::reach_of(anna), filter);
    CHECK(page.total == page.holds.size());
    return ids(page);
}

}  // namespace

TEST_CASE("A hold is found with everything that was stored of it") {
    Fixture fixture;
    const auto id = fixture.add();
    const auto hold = fixture.find(Fixture::reach_of(anna), id);
    REQUIRE(hold);
    CHECK(hold->owner == anna);
    CHECK(hold->sender == "news@example.org");
    CHECK(hold->header_from_name == "News");
    CHECK(hold->header_from_address == "news@example.org");
    CHECK(hold->to == anna);
    CHECK(hold->subject == "hello");
    CHECK(hold->rule == "a rule");
    CHECK(hold->reason == "newsletter");
    CHECK(hold->state == HoldState::held);
    CHECK(hold->received_at == held::start);
    CHECK(hold->expires_at == held::start + std::chrono::days(14));
    CHECK(hold->size == held::Mail().bytes.size());
    CHECK(hold->sha256 == base::to_hex(base::sha256(held::Mail().bytes)));
    CHECK(hold->trace == R"([{"stage":"rule"}])");
    CHECK(hold->client == "192.0.2.1");
    CHECK(hold->helo == "mx.example.org");
    CHECK(hold->message_id == "<1@example.org>");
    CHECK_FALSE(hold->decided_at);
}

TEST_CASE("Reach: owners see user holds, moderators what names them, administrators everything") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    const auto of_anna = fixture.add_hold(mail, {});
    const auto of_bert = fixture.add_hold(mail, {.owner = bert});
    const auto moderated = fixture.add_hold(
        mail, {.kind = mail::HoldKind::moderator, .moderators = {"Mod@example.test"}}
    );
    const auto administrators = fixture.add_hold(
        mail, {.kind = mail::HoldKind::administrator, .moderators = {"mod@example.test"}}
    );
    Reach moderator = Fixture::reach_of("mod@example.test");
    moderator.moderator = "mod@example.test";
    struct Case {
        Reach reach;
        Scope scope;
        std::vector<std::string> seen;
    };
    const Case cases[] = {
        {Fixture::reach_of(anna), Scope::mine, {of_anna}},
        {Fixture::reach_of(anna), Scope::moderated, {}},
        {Fixture::reach_of(anna), Scope::all, {}},
        {Fixture::reach_of(bert), Scope::mine, {of_bert}},
        {moderator, Scope::mine, {}},
        {moderator, Scope::moderated, {moderated}},
        {moderator, Scope::all, {}},
        {Fixture::everything(), Scope::mine, {}},
        {Fixture::everything(), Scope::all, {administrators, moderated, of_bert, of_anna}},
        {Reach(), Scope::mine, {}},
    };
    for (const auto& one : cases) {
        for (const std::string words : {"", "newsletter"}) {
            HoldFilter filter;
            filter.scope = one.scope;
            filter.search = words;
            const auto page = fixture.list(one.reach, filter);
            CHECK(ids(page) == one.seen);
            CHECK(page.total == one.seen.size());
        }
    }
    for (const auto& id : {of_bert, moderated, administrators, std::string("nothing")}) {
        const auto foreign = fixture.find(Fixture::reach_of(anna), id);
        REQUIRE_FALSE(foreign);
        CHECK(foreign.error().kind == ErrorKind::not_found);
    }
    CHECK(fixture.find(moderator, moderated));
    CHECK_FALSE(fixture.find(moderator, administrators));
    CHECK(fixture.find(Fixture::everything(), administrators));
}

TEST_CASE("The owner filter narrows and never widens") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    const auto of_anna = fixture.add_hold(mail, {});
    const auto of_bert = fixture.add_hold(mail, {.owner = bert});
    HoldFilter filter;
    filter.owner = bert;
    CHECK(ids(fixture.list(Fixture::reach_of(anna), filter)).empty());
    filter.search = "hello";
    CHECK(ids(fixture.list(Fixture::reach_of(anna), filter)).empty());
    filter.scope = Scope::all;
    CHECK(ids(fixture.list(Fixture::everything(), filter)) == std::vector{of_bert});
    filter.search = "";
    CHECK(ids(fixture.list(Fixture::everything(), filter)) == std::vector{of_bert});
}

TEST_CASE("Pages follow each other without gap or repeat while rows come and go") {
    for (const auto order : {Order::newest_first, Order::oldest_first}) {
        Fixture fixture;
        std::vector<std::string> expected;
        // Several in the same millisecond, and not in the order of time.
        for (int i = 0; i < 60; ++i)
            expected.push_back(fixture.add({.received_at = held::start + (i / 4) * 1ms}));
        if (order == Order::newest_first) std::ranges::reverse(expected);
        HoldFilter filter;
        filter.order = order;
        std::vector<std::string> seen;
        std::string cursor;
        int pages = 0;
        do {
            const auto page = fixture.list(Fixture::reach_of(anna), filter, cursor, 7);
            for (const auto& hold : page.holds) seen.push_back(hold.id);
            cursor = page.next;
            // New ones arrive at both ends, and one that was seen is decided.
            fixture.add({.received_at = held::start + 1h});
            fixture.add({.received_at = held::start - 1h});
            REQUIRE(fixture.reject(Fixture::actor(anna), page.holds.front().id, held::start));
            ++pages;
        } while (!cursor.empty() && pages < 40);
        std::vector<std::string> of_the_first;
        for (const auto& id : seen)
            if (std::ranges::find(expected, id) != expected.end()) of_the_first.push_back(id);
        CHECK(of_the_first == expected);
        std::ranges::sort(seen);
        CHECK(std::ranges::adjacent_find(seen) == seen.end());
    }
}

TEST_CASE("Several owners and states are one list in order") {
    Fixture fixture;
    std::vector<std::string> expected;
    for (int i = 0; i < 30; ++i) {
        const auto id =
            fixture.add({.received_at = held::start + i * 1s}, {.owner = i % 2 == 0 ? anna : bert});
        if (i % 3 == 0)
            REQUIRE(fixture.reject(Fixture::actor(i % 2 == 0 ? anna : bert), id, held::start));
        expected.insert(expected.begin(), id);
    }
    Reach both;
    both.owners = {bert, anna, anna};
    HoldFilter any;
    any.states = {};
    const auto first = fixture.list(both, any, "", 20);
    const auto second = fixture.list(both, any, first.next, 20);
    auto seen = ids(first);
    const auto rest = ids(second);
    seen.insert(seen.end(), rest.begin(), rest.end());
    CHECK(seen == expected);
    CHECK(second.next.empty());
    CHECK(first.total == 30);
    CHECK(first.total_is_exact);
    HoldFilter rejected;
    rejected.states = {HoldState::rejected};
    CHECK(fixture.list(both, rejected).total == 10);
}

TEST_CASE("A cursor that is not ours is invalid") {
    Fixture fixture;
    for (const std::string cursor :
         {"x", "n", "o1", "n-1", "nzz", "n1 ", "n11111111111111111111", "1"}) {
        const auto page = fixture.read([&](database::Snapshot& snapshot) {
            return quarantine::list(snapshot, Fixture::reach_of(anna), {}, cursor, 10);
        });
        REQUIRE_FALSE(page);
        CHECK(page.error().kind == ErrorKind::invalid);
    }
}

TEST_CASE("Substring filters know no case, also beyond ASCII, and no wildcard") {
    Fixture fixture;
    const auto greeting = fixture.add(
        {.from_name = "Jürgen Müller", .to = "Team <anna@example.test>", .subject = "GRÜSSE 100%"},
        {.reason = "Zu laut"}
    );
    const auto other = fixture.add({.subject = "other_thing"});
    struct Case {
        std::string HoldFilter::* field;
        std::string part;
        std::vector<std::string> seen;
    };
    const Case cases[] = {
        {&HoldFilter::subject, "grüsse", {greeting}},
        {&HoldFilter::subject, "0%", {greeting}},
        {&HoldFilter::subject, "%", {greeting}},
        {&HoldFilter::subject, "r_thing", {other}},
        {&HoldFilter::subject, "r?thing", {}},
        {&HoldFilter::from, "MÜLLER", {greeting}},
        {&HoldFilter::from, "@EXAMPLE.org", {other, greeting}},
        {&HoldFilter::to, "team <", {greeting}},
        {&HoldFilter::reason, "LAUT", {greeting}},
        {&HoldFilter::reason, "' OR 1=1 --", {}},
    };
    for (const auto& one : cases) {
        HoldFilter filter;
        filter.*one.field = one.part;
        const auto page = fixture.list(Fixture::reach_of(anna), filter);
        CHECK(ids(page) == one.seen);
        CHECK(page.total == one.seen.size());
    }
}

TEST_CASE("Search finds words of every field, all of them, without case and diacritics") {
    Fixture fixture;
    const auto mail = fixture.add_mail(
        {.from_name = "Élodie", .subject = "Quarterly invoice", .text = "Please pay 42 euros"}
    );
    const auto id = fixture.add_hold(mail, {.reason = "Suspicious link"});
    fixture.add_hold(mail, {.owner = bert, .reason = "Another secret"});
    const auto plain = fixture.add();
    for (const std::string words :
         {"invoice",
          "INVOICE quarterly",
          "elodie",
          "euros",
          "suspicious pay",
          "anna pay",
          "rule 42",
          "example.org quarterly"})
        CHECK(found(fixture, words) == std::vector{id});
    CHECK(found(fixture, "hello") == std::vector{plain});
    CHECK(found(fixture, "   ") == std::vector{plain, id});
    CHECK(found(fixture, "invoice hello").empty());
    CHECK(found(fixture, "secret").empty());
    CHECK(found(fixture, "bert").empty());
}

TEST_CASE("Nothing that is typed into the search is understood as its language") {
    Fixture fixture;
    const auto id = fixture.add({.subject = "say \"near\" not OR * reach: end"});
    const auto of_bert = fixture.add({.subject = "say bert"}, {.owner = bert});
    CHECK(found(fixture, "near") == std::vector{id});
    CHECK(found(fixture, "\"near\" say") == std::vector{id});
    CHECK(found(fixture, "say *") == std::vector{id});
    CHECK(found(fixture, "say - \xe2\x80\x93") == std::vector{id});
    CHECK(found(fixture, std::string("say\0near", 8)) == std::vector{id});
    const std::vector<std::string> nothing = {
        "\" OR 1=1 --",
        "sa*",
        "say NEAR(bert near)",
        "reach:o62657274",
        "o" + base::to_hex(bert),
        "subject:say subject",
        "^say x",
        "(",
        "*",
        "\"",
        "\"\"\"",
        "'; DROP TABLE hold; --",
        "{subject} : say",
        "\xff\xfe",
        std::string(100'000, 'x'),
        std::string(5000, '"'),
    };
    for (const auto& words : nothing) CHECK(found(fixture, words).empty());
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "say ";
    CHECK(found(fixture, many) == std::vector{id});
    CHECK(fixture.state_of(of_bert) == HoldState::held);
}

TEST_CASE("Totals are counted up to ten thousand, of what is looked for up to one") {
    Fixture fixture;
    const auto mail = fixture.add_mail({});
    must(fixture.write([&](database::Transaction& transaction) -> base::Result<void> {
        for (int i = 0; i < 10'005; ++i) {
            const quarantine::NewHold hold{
                .id = "many" + std::to_string(i),
                .recipient = {held::address(anna), "", ""},
                .kind = mail::HoldKind::user,
                .moderators = {},
                .rule = "r",
                .reason = "many",
                .trace = "[]",
                .added_fields = "",
                .expires_at = held::start,
            };
            if (auto done = quarantine::add_hold(transaction, mail, hold, held::start); !done)
                return done;
        }
        return {};
    }));
    HoldFilter filter;
    for (const std::string words : {"", "many"}) {
        filter.search = words;
        const auto page = fixture.list(Fixture::reach_of(anna), filter);
        CHECK(page.total == (words.empty() ? 10'000 : 1'000));
        CHECK_FALSE(page.total_is_exact);
        CHECK(page.holds.size() == 50);
    }
    filter.search = "";
    filter.subject = "hel";
    CHECK(fixture.list(Fixture::reach_of(anna), filter).total == 1'000);
    const auto all = must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::count_matching(snapshot, Fixture::reach_of(anna), filter, 20'000);
    }));
    CHECK(all.holds == 10'005);
    CHECK(all.is_exact);
}
