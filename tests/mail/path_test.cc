#include "mail/path.h"

#include "mail/envelope.h"
#include "tests/catch.h"

using mail::parse_path;

namespace {

std::string sender(std::string_view text) {
    const auto path = parse_path(text);
    return path ? "<" + path->sender.text() + ">" : "refused";
}

}  // namespace

TEST_CASE("A path is an address in angle brackets, or none") {
    CHECK(sender("<a@b.test>") == "<a@b.test>");
    CHECK(sender(" <a@b.test>") == "<a@b.test>");
    CHECK(sender("<>") == "<>");
    CHECK(sender("<\"a>b\"@c.test>") == "<\"a>b\"@c.test>");
    CHECK(sender("<\"a\\\">b\"@c.test>") == "<\"a\\\">b\"@c.test>");
    CHECK(sender("<@x.test,@y.test:a@b.test>") == "<a@b.test>");
    CHECK(sender("<@x.test:a@[IPv6:2001:db8::1]>") == "<a@[ipv6:2001:db8::1]>");
    for (const auto* text :
         {"",
          "a@b.test",
          "<a@b.test",
          "a@b.test>",
          "<<a@b.test>>",
          "<a@b.test>x",
          "<a@b.test>>",
          "< a@b.test>",
          "<a@b.test >",
          "<a>",
          "<@x.test>",
          "<@:a@b.test>",
          "<@x.test,:a@b.test>",
          "<@x.test,y.test:a@b.test>",
          "<@x.test:>",
          "<postmaster>",
          "<\"a@b.test>",
          "Bob <a@b.test>",
          "<a@b.test,c@d.test>"}) {
        INFO(text);
        CHECK(sender(text) == "refused");
    }
}

TEST_CASE("Postmaster needs no domain where the caller gives one") {
    const auto domain = *mail::Domain::parse("mx.test");
    CHECK(parse_path("<Postmaster>", &domain)->sender.text() == "Postmaster@mx.test");
    CHECK_FALSE(parse_path("<hostmaster>", &domain));
}

TEST_CASE("Parameters have a keyword in upper case and a value as sent") {
    const auto path = parse_path("<a@b.test> SIZE=10  body=8BITMIME SMTPUTF8 ");
    REQUIRE(path);
    REQUIRE(path->parameters.size() == 3);
    CHECK(path->parameters[0].keyword == "SIZE");
    CHECK(path->parameters[0].value == "10");
    CHECK(path->parameters[1].keyword == "BODY");
    CHECK(path->parameters[1].value == "8BITMIME");
    CHECK(path->parameters[2].keyword == "SMTPUTF8");
    CHECK(path->parameters[2].value.empty());
    for (const auto* text :
         {"<a@b.test> SIZE=10 size=11",
          "<a@b.test> SMTPUTF8 SMTPUTF8",
          "<a@b.test> =1",
          "<a@b.test> SIZE=",
          "<a@b.test> SIZE=1=2",
          "<a@b.test> -X=1",
          "<a@b.test> S_Z=1",
          "<a@b.test>\tSIZE=1",
          "<a@b.test> SIZE=1\x01"}) {
        INFO(text);
        CHECK_FALSE(parse_path(text));
    }
}

TEST_CASE("xtext is decoded strictly and encoded so that it comes back") {
    CHECK(mail::decode_xtext("rfc822;a+2Bb@c.test") == std::string("rfc822;a+b@c.test"));
    CHECK(mail::decode_xtext("") == std::string());
    CHECK(mail::decode_xtext("a+20b") == std::string("a b"));
    for (const auto* text :
         {"+", "a+", "a+2", "a+2b", "a+GG", "a=b", "a b", "a\tb", "+0D+0A", "+00", "+7F", "\x7f"}) {
        INFO(text);
        CHECK_FALSE(mail::decode_xtext(text));
    }
    std::string all;
    for (int c = 0x20; c < 0x100; ++c)
        if (c != 0x7f) all += static_cast<char>(c);
    CHECK(mail::decode_xtext(mail::encode_xtext(all)) == all);
    CHECK(mail::encode_xtext("a=b+c d") == "a+3Db+2Bc+20d");
}

TEST_CASE("SMTPUTF8 is needed when an address is not ASCII") {
    mail::Envelope envelope;
    envelope.smtputf8 = true;
    CHECK_FALSE(needs_smtputf8(envelope));
    envelope.recipients.push_back({*mail::Address::parse("a@b.test"), "", ""});
    CHECK_FALSE(needs_smtputf8(envelope));
    envelope.recipients.push_back({*mail::Address::parse("\xc3\xbc@b.test"), "", ""});
    CHECK(needs_smtputf8(envelope));
    mail::Envelope from;
    from.sender = *mail::Address::parse("\xc3\xbc@b.test");
    CHECK(needs_smtputf8(from));
}
