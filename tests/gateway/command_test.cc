#include "gateway/command.h"

#include "tests/catch.h"

using gateway::Offer;
using gateway::parse_command;
using gateway::parse_mail;
using gateway::parse_rcpt;
using gateway::Verb;

TEST_CASE("A verb is read without case, and blanks around the argument go") {
    const struct {
        std::string_view line;
        Verb verb;
        std::string_view argument;
    } cases[] = {
        {"EHLO client.example", Verb::ehlo, "client.example"},
        {"ehlo   client.example  ", Verb::ehlo, "client.example"},
        {"MaIl FROM:<a@b.test> SIZE=1", Verb::mail, "FROM:<a@b.test> SIZE=1"},
        {"QUIT", Verb::quit, ""},
        {"QUIT ", Verb::quit, ""},
        {"STARTTLS", Verb::starttls, ""},
        {"BDAT 5 LAST", Verb::bdat, "5 LAST"},
        {"ETRN x", Verb::other_smtp, "x"},
        {"GET / HTTP/1.1", Verb::other_protocol, "/ HTTP/1.1"},
        {"", Verb::unknown, ""},
        {" NOOP", Verb::unknown, "NOOP"},
        {"MAILFROM:<a@b.test>", Verb::unknown, ""},
        {"DATAX", Verb::unknown, ""},
        {"DAT", Verb::unknown, ""},
    };
    for (const auto& one : cases) {
        INFO(one.line);
        const auto command = parse_command(one.line);
        CHECK(command.verb == one.verb);
        CHECK(command.argument == one.argument);
    }
}

TEST_CASE("What MAIL says is kept decoded") {
    const Offer offer;
    const auto envelope = parse_mail(
        "FROM:<\"a b\"@Sender.Example> SIZE=123 body=8bitmime ret=hdrs ENVID=x+2By SMTPUTF8", &offer
    );
    REQUIRE(envelope);
    CHECK(envelope->sender.address().local_part() == "a b");
    CHECK(envelope->sender.address().domain().text() == "sender.example");
    CHECK(envelope->declared_size == 123);
    CHECK(envelope->body == mail::Body::eight_bit_mime);
    CHECK(envelope->smtputf8);
    CHECK(envelope->dsn_return == "HDRS");
    CHECK(envelope->envelope_id == "x+y");
    CHECK(envelope->recipients.empty());

    const auto null = parse_mail("FROM:<>", nullptr);
    REQUIRE(null);
    CHECK(null->sender.is_null());
    CHECK_FALSE(null->declared_size);
}

TEST_CASE("What RCPT says is kept decoded") {
    const Offer offer;
    const auto recipient = parse_rcpt(
        "TO:<ann@example.test> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bb@example.test",
        &offer,
        false,
        nullptr
    );
    REQUIRE(recipient);
    CHECK(recipient->address.text() == "ann@example.test");
    CHECK(recipient->notify == "SUCCESS,DELAY");
    CHECK(recipient->original_recipient == "rfc822;a+b@example.test");
}

TEST_CASE("The postmaster needs no domain where one is his") {
    const auto domain = *mail::Domain::parse("example.test");
    const auto recipient = parse_rcpt("TO:<postmaster>", nullptr, false, &domain);
    REQUIRE(recipient);
    CHECK(recipient->address.text() == "postmaster@example.test");
    CHECK_FALSE(parse_rcpt("TO:<postmaster>", nullptr, false, nullptr));
}

TEST_CASE("A refusal names its culprit: address or parameter") {
    const Offer offer;
    const struct {
        std::string_view argument;
        int code;
        mail::EnhancedCode enhanced;
    } cases[] = {
        {"FROM:<a@@b.test> SIZE=1", 501, {5, 1, 7}},
        {"FROM:<a@b.test> SIZE=1 SIZE=1", 501, {5, 5, 4}},
        {"FROM:<\">\"@b.test> SIZE=1 SIZE=1", 501, {5, 5, 4}},
        {"FROM:<a@b.test> SIZE=x", 501, {5, 5, 4}},
        {"FROM:<a@b.test> SIZE=52428801", 552, {5, 3, 4}},
        {"FROM:<a@b.test> WHAT=x", 555, {5, 5, 4}},
        {"FROM:<\xc3\xa4@b.test>", 553, {5, 6, 7}},
    };
    for (const auto& one : cases) {
        INFO(one.argument);
        const auto envelope = parse_mail(one.argument, &offer);
        REQUIRE_FALSE(envelope);
        CHECK(envelope.error().code() == one.code);
        CHECK(envelope.error().enhanced() == one.enhanced);
    }
}
