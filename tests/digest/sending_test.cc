#include "digest/sending.h"

#include "digest/token.h"
#include "tests/catch.h"
#include "tests/digest/world.h"

using digest::Again;
using digest::Kind;
using digest::LinkState;
using digest::Order;
using world::start;
using world::World;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

const std::string ada = "ada@example.test";
const Order now_once{Kind::digest, {}, start + 1h, Again::no};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

digest::Link link_of(World& world, const std::string& token, base::Time now) {
    return world.read([&](database::Snapshot& snapshot) {
        return digest::find_link(snapshot, token, now);
    });
}

}  // namespace

TEST_CASE("A digest says of each mail what one needs, in both parts") {
    World world;
    world.add_person(ada, {"office@example.test"});
    const auto id = world.hold(ada, {.subject = "Q3 numbers"});
    world.hold("office@example.test", {.subject = ""});
    CHECK(world.send(ada, now_once) == 2);
    const auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 1);
    const std::string link = "https://portal.example.test/digest/" + sent[0].token;
    for (const std::string& part : {sent[0].text, sent[0].html}) {
        INFO(part);
        CHECK(has(part, "2 new messages are on hold for you"));
        CHECK(has(part, "Q3 numbers"));
        CHECK(has(part, "(no subject)"));
        CHECK(has(part, "Fri 15 Jan 2027, 08:00 UTC"));
        CHECK(has(part, "The sender is a newsletter host."));
        CHECK(has(part, link));
        CHECK(has(part, link + "#m-" + id));
        CHECK(has(part, "https://portal.example.test/account"));
        CHECK(has(part, "Fri 29 Jan 2027, 08:00 UTC"));
    }
}

TEST_CASE("Nothing a stranger wrote is markup, a link, or reads backwards") {
    World world;
    world.hold(
        ada,
        {.subject =
             "<script>alert(1)</script> \xe2\x80\xae gpj.exe https://evil.example/x\r\nBcc: y",
         .from_name = "\"><img src=x onerror=y>",
         .from = "ceo@evil.example",
         .reason = "Says www.evil.example"}
    );
    world.send(ada, now_once);
    const auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 1);
    CHECK_FALSE(has(sent[0].html, "<script"));
    CHECK_FALSE(has(sent[0].html, "<img"));
    CHECK(has(sent[0].html, "&lt;script&gt;"));
    for (const std::string& part : {sent[0].text, sent[0].html}) {
        INFO(part);
        CHECK_FALSE(has(part, "evil.example"));
        CHECK_FALSE(has(part, "https://evil"));
        CHECK_FALSE(has(part, "\xe2\x80\xae"));
        CHECK(
            has(part,
                "evil.\xe2\x80\x8b"
                "example")
        );
    }
    // Nothing is fetched by looking at it.
    for (const auto* word : {"<img", "<link", "url(", "@import", "background=\""})
        CHECK_FALSE(has(sent[0].html, word));
}

TEST_CASE("A large digest stays under what Gmail shows, and says how many more there are") {
    World world;
    const std::string long_text(5000, 'x');
    for (int i = 0; i < 300; ++i)
        world.hold(ada, {.subject = std::to_string(i) + long_text, .at = start + i * 1s});
    CHECK(world.send(ada, now_once) == 300);
    const auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].html.size() <= digest::html_bytes_max);
    CHECK(sent[0].html.size() > digest::html_bytes_max / 2);
    CHECK(has(sent[0].html, "more messages are on the page"));
    CHECK(has(sent[0].text, "more messages are on the page"));
    CHECK(has(sent[0].html, "See all 300 messages"));
    // The newest are those that are shown.
    CHECK(has(sent[0].html, ">299x"));
    CHECK_FALSE(has(sent[0].html, ">0x"));
    CHECK(world.listed(sent[0].token).size() == 300);
}

TEST_CASE("A digest is in the language and time of who gets it") {
    World world;
    accounts::Preferences preferences;
    preferences.language = "de";
    preferences.time_zone = "Europe/Berlin";
    world.add_person(ada, {}, preferences);
    world.hold(ada);
    world.send(ada, now_once);
    const auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 1);
    CHECK(has(sent[0].html, "<html lang=\"de\">"));
    CHECK(has(sent[0].text, "1 neue Nachricht an Sie ist angehalten"));
    CHECK(has(sent[0].text, "Fr, 15. Januar 2027, 09:00 Uhr"));
}

TEST_CASE("Two who tell of the same hold at once: one mail, and the other is undone whole") {
    World world;
    world.hold(ada);
    const auto recipient = world.recipient(ada);
    const auto holds = world.read([&](database::Snapshot& snapshot) {
        return digest::untold(snapshot, world.settings, recipient, now_once);
    });
    REQUIRE(holds.size() == 1);
    CHECK(world.send(ada, now_once) == 1);
    CHECK(world.send(ada, now_once) == 0);
    // As if another had noted the hold between the look and the write.
    const auto twice = world.store->write_and_wait([&](database::Transaction& transaction) {
        return transaction.execute(
            "INSERT INTO digest_item(digest, number, hold, is_repeat) VALUES(1, 2, ?, 0)",
            {holds[0].id}
        );
    });
    CHECK(twice.error().kind == base::ErrorKind::conflict);
    CHECK(world.courier(start + 1h).size() == 1);
}

TEST_CASE("Asked to, a digest lists again what an earlier one has listed") {
    World world;
    const auto id = world.hold(ada);
    CHECK(world.send(ada, now_once) == 1);
    CHECK(world.send(ada, {Kind::digest, {}, start + 1h, Again::yes}) == 1);
    const auto later = world.hold(ada, {.at = start + 2h});
    CHECK(world.send(ada, {Kind::digest, {}, start + 3h, Again::yes}) == 2);
    // What was listed that way has been told of, too.
    CHECK(world.send(ada, {Kind::digest, {}, start + 3h, Again::no}) == 0);
    const auto sent = world.courier(start + 3h);
    REQUIRE(sent.size() == 3);
    CHECK(world.listed(sent[1].token) == Texts{id});
    CHECK(world.listed(sent[2].token) == Texts{later, id});
}

TEST_CASE("A link ends with its holds or the retention, and can be ended before") {
    World world;
    world.settings.quarantine.retention_days = 3;
    world.hold(ada);
    world.hold("ben@example.test");
    world.send(ada, now_once);
    world.send("ben@example.test", now_once);
    auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 2);
    CHECK(link_of(world, sent[0].token, start + 2h).state == LinkState::open);
    CHECK(link_of(world, sent[0].token, start + 72h).state == LinkState::open);
    CHECK(link_of(world, sent[0].token, start + 73h).state == LinkState::expired);

    const Texts only_ada{ada};
    const auto revoked = world.write([&](database::Transaction& transaction) {
        return digest::revoke_links(transaction, only_ada, start + 2h);
    });
    CHECK(revoked == 1);
    CHECK(link_of(world, sent[0].token, start + 2h).state == LinkState::revoked);
    CHECK(link_of(world, sent[1].token, start + 2h).state == LinkState::open);
}

TEST_CASE("The store knows a token's hash alone, and forgets old digests") {
    World world;
    world.hold(ada);
    world.send(ada, now_once);
    const auto sent = world.courier(start + 1h);
    REQUIRE(sent.size() == 1);
    CHECK(digest::is_token(sent[0].token));
    CHECK_FALSE(digest::is_token(sent[0].token + "a"));
    CHECK_FALSE(digest::is_token("../../etc/passwd"));
    CHECK(
        world.number(
            "SELECT count(*) FROM digest WHERE instr(token_hash, CAST('" + sent[0].token +
            "' AS BLOB)) > 0"
        ) == 0
    );
    CHECK(world.number("SELECT length(token_hash) FROM digest") == 32);
    const auto unknown = world.store->read_and_wait([&](database::Snapshot& snapshot) {
        return digest::find_link(snapshot, std::string(52, 'a'), start);
    });
    CHECK(unknown.error().kind == base::ErrorKind::not_found);

    const auto forget = [&](base::Time now) {
        return world.write([&](database::Transaction& transaction) {
            return digest::forget_old(transaction, now, 10);
        });
    };
    CHECK(forget(start + std::chrono::days(40)) == 0);
    CHECK(forget(start + std::chrono::days(45)) == 1);
    CHECK(world.number("SELECT count(*) FROM digest_item") == 0);
}

TEST_CASE("Nobody is told when the domain is not ours") {
    World world;
    const auto found = world.read([&](database::Snapshot& snapshot) {
        return digest::recipient_for(snapshot, world.settings, "x@elsewhere.example");
    });
    CHECK_FALSE(found);
}

TEST_CASE("An account with an address elsewhere is told at the address whose mail is held") {
    World world;
    world.add_person("root@elsewhere.example", {"root@example.test", "abuse@example.test"});
    const auto recipient = world.recipient("abuse@example.test");
    CHECK(recipient.address.key() == "abuse@example.test");
    CHECK(recipient.owners.size() == 3);
}

TEST_CASE("The next digest's time is known, and none when none will come") {
    World world;
    accounts::Preferences nothing;
    nothing.notify = accounts::Notify::nothing;
    world.add_person("quiet@example.test", {}, nothing);
    const auto next = [&](const std::string& who, base::Time now) {
        return world.read([&](database::Snapshot& snapshot) {
            return digest::next_digest_at(snapshot, world.settings, who, now);
        });
    };
    CHECK(next(ada, start) == start + 24h);
    CHECK(next(ada, start - 1s) == start);
    CHECK_FALSE(next("quiet@example.test", start));
    world.settings.portal.public_url.clear();
    CHECK_FALSE(next(ada, start));
}
