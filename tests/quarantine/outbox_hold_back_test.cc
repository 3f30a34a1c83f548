#include "quarantine/outbox_hold_back.h"

#include "tests/catch.h"
#include "tests/quarantine/held.h"

using held::Fixture;
using held::start;
using quarantine::HoldState;
using namespace std::chrono_literals;

namespace {

quarantine::OutboxCount count(Fixture& fixture) {
    return must(fixture.read([](database::Snapshot& snapshot) {
        return quarantine::count_outbox(snapshot);
    }));
}

mail::Recipient to(std::string_view address) {
    return {held::address(address), "", ""};
}

void put_out(Fixture& fixture, const quarantine::NewOutgoing& outgoing) {
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::add_outgoing(transaction, outgoing, start);
    }));
}

}  // namespace

TEST_CASE("What waits to be sent can be held back: nothing is lost and nothing is sent") {
    Fixture fixture;
    const auto id = fixture.add();
    const auto decided = fixture.add({}, {.owner = "bert@example.test"});
    REQUIRE(fixture.release({"anna@example.test", Fixture::everything()}, id, start, start));
    REQUIRE(fixture.reject({"bert@example.test", Fixture::everything()}, decided, start));
    const auto copied = fixture.add_mail({.subject = "a copy"});
    put_out(
        fixture,
        {.mail_row = copied,
         .recipient = to("cora@example.test"),
         .hold_id = "",
         .added_fields = "X-Copy: 1\r\n",
         .due = start,
         .rule = "",
         .reason = ""}
    );
    // One of them was in the courier's hand when the copy was made.
    REQUIRE(fixture.take_due(start, 1).size() == 1);
    CHECK(count(fixture).released == 1);
    CHECK(count(fixture).other == 1);

    const auto later = start + 30 * 24h;
    const auto held = must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::hold_back_outbox(transaction, "root", start + 1h, later);
    }));
    CHECK(held.held.released == 1);
    CHECK(held.held.other == 1);
    CHECK(held.unreadable == 0);
    CHECK(count(fixture).all() == 0);

    CHECK(fixture.state_of(id) == HoldState::held);
    CHECK(fixture.acts_of(id) == std::vector<std::string>{"held", "released", "undone"});
    CHECK(must(fixture.find(Fixture::everything(), id)).expires_at == later);
    CHECK(fixture.state_of(decided) == HoldState::rejected);

    quarantine::HoldFilter filter;
    filter.scope = quarantine::Scope::all;
    filter.owner = "cora@example.test";
    const auto page = fixture.list(Fixture::everything(), filter);
    REQUIRE(page.holds.size() == 1);
    CHECK(page.holds[0].kind == mail::HoldKind::administrator);
    CHECK(page.holds[0].subject == "a copy");
    // It may be released like any other.
    REQUIRE(fixture.release({"root", Fixture::everything()}, page.holds[0].id, start, start));
    const auto due = fixture.take_due(start);
    REQUIRE(due.size() == 1);
    CHECK(due[0].added_fields == "X-Copy: 1\r\n");
}

TEST_CASE("A row whose recipient cannot be read is counted, and stays") {
    Fixture fixture;
    for (const auto* recipient : {"cora@example.test", "dora@example.test"}) {
        const auto copied = fixture.add_mail({.subject = "a copy"});
        put_out(
            fixture,
            {.mail_row = copied,
             .recipient = to(recipient),
             .hold_id = "",
             .added_fields = "",
             .due = start,
             .rule = "",
             .reason = ""}
        );
    }
    fixture.run("UPDATE outbox SET recipient = 'no address' WHERE recipient = 'cora@example.test'");
    const auto held = must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::hold_back_outbox(transaction, "root", start, start + 1h);
    }));
    CHECK(held.held.other == 1);
    CHECK(held.unreadable == 1);
    CHECK(count(fixture).all() == 1);
}

TEST_CASE("A digest that waits is dropped at a restore: what it lists is still held") {
    Fixture fixture;
    const auto mail = fixture.add_mail({.subject = "a digest"});
    put_out(
        fixture,
        {.mail_row = mail,
         .recipient = to("cora@example.test"),
         .hold_id = "",
         .added_fields = "",
         .due = start,
         .rule = "digest",
         .reason = "",
         .if_refused = quarantine::IfRefused::drop}
    );
    const auto held = must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::hold_back_outbox(transaction, "root", start, start + 1h);
    }));
    CHECK(held.dropped == 1);
    CHECK(held.held.all() == 0);
    CHECK(count(fixture).all() == 0);
    CHECK(fixture.number("SELECT count(*) FROM hold") == 0);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 0);
}
