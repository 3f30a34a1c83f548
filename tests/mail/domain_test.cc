#include "mail/domain.h"

#include "tests/catch.h"

using mail::Domain;

namespace {

std::string parsed(std::string_view text) {
    const auto domain = Domain::parse(text);
    return domain ? domain->text() : "refused";
}

std::string literal(std::string_view text) {
    const auto domain = Domain::parse_with_literal(text);
    return domain ? domain->text() : "refused";
}

}  // namespace

TEST_CASE("A domain becomes lower-case A-labels") {
    CHECK(parsed("Example.TEST") == "example.test");
    CHECK(parsed("example.test.") == "example.test");
    CHECK(
        parsed("b\xc3\xbc"
               "cher.example") == "xn--bcher-kva.example"
    );
    CHECK(
        parsed("B\xc3\x9c"
               "CHER.example") == "xn--bcher-kva.example"
    );
    CHECK(parsed("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
    CHECK(parsed("fa\xc3\x9f.de") == "xn--fa-hia.de");  // not "fass.de"
    CHECK(parsed("_dmarc.example.test") == "_dmarc.example.test");
    CHECK(parsed("a_b.example") == "a_b.example");
    CHECK(parsed("255.255.255.255") == "255.255.255.255");
    CHECK(parsed("\xe4\xbe\x8b\xe3\x80\x82\xe6\xb5\x8b\xe8\xaf\x95") == "xn--fsq.xn--0zwm56d");
}

TEST_CASE("What is no domain is refused with a reason") {
    const std::string label_64(64, 'a');
    std::string long_domain;
    while (long_domain.size() <= 255) long_domain += "abcdefghi.";
    long_domain += "test";
    for (const std::string& text : {
             std::string(),
             std::string("."),
             std::string(".."),
             std::string("a..b"),
             std::string(".a"),
             std::string("a.."),
             std::string("-a.test"),
             std::string("a-.test"),
             std::string("a b.test"),
             std::string("a\tb.test"),
             std::string("a@b.test"),
             std::string("a\0b.test", 8),
             std::string("b\xc3\xbc\0c.test", 9),
             std::string("a\r\n.test"),
             std::string("\xff.test"),
             std::string("\xef\xbc\xa0.test"),  // a full-width @ maps to @
             std::string("a\xef\xbc\x8f"
                         "b.test"),  // a full-width / maps to /
             std::string("[192.0.2.1]"),
             label_64 + ".test",
             long_domain,
             std::string(100'000, 'a'),
         }) {
        const auto domain = Domain::parse(text);
        INFO(text.substr(0, 80));
        REQUIRE_FALSE(domain);
        CHECK(domain.error().kind == base::ErrorKind::invalid);
        CHECK_FALSE(domain.error().text.empty());
    }
    CHECK(parsed(std::string(63, 'a') + ".test") != "refused");
}

TEST_CASE("An address literal is an IP address in brackets") {
    CHECK(literal("[192.0.2.1]") == "[192.0.2.1]");
    CHECK(literal("[IPv6:2001:DB8::1]") == "[ipv6:2001:db8::1]");
    CHECK(literal("[IPv6:2001:db8:0:0:0:0:0:1]") == "[ipv6:2001:db8::1]");
    CHECK(literal("[IPv6:::ffff:192.0.2.1]") == "[192.0.2.1]");
    CHECK(literal("example.test") == "example.test");
    for (const auto* text :
         {"[",
          "[]",
          "[192.0.2.1",
          "[192.0.2]",
          "[192.0.2.256]",
          "[192.0.2.01]",
          "[2001:db8::1]",
          "[IPv6:192.0.2.1]",
          "[IPv6:]",
          "[IPv6:1::2::3]",
          "[example.test]",
          "[192.0.2.1].test",
          "[192.0.2.1] ",
          "[x:y]"}) {
        INFO(text);
        CHECK(literal(text) == "refused");
    }
    CHECK(literal(std::string("[192.0.2.1\0]", 12)) == "refused");
}

TEST_CASE("A domain for people is in Unicode only where that leads back to it") {
    const auto unicode = [](std::string_view text) { return Domain::parse(text)->unicode(); };
    CHECK(
        unicode("xn--bcher-kva.example") ==
        "b\xc3\xbc"
        "cher.example"
    );
    CHECK(unicode("example.test") == "example.test");
    CHECK(unicode("xn--a.test") == "xn--a.test");
    CHECK(unicode("xn--999999999.test") == "xn--999999999.test");
    CHECK(unicode("xn--le.t7.3t.xn--ltt") == "xn--le.t7.3t.xn--ltt");
    CHECK(Domain::parse_with_literal("[192.0.2.1]")->unicode() == "[192.0.2.1]");
    for (const auto* text : {"xn--bcher-kva.example", "xn--fsq.xn--0zwm56d", "a.b.c", "xn--a.b"})
        CHECK(parsed(unicode(text)) == text);
}

TEST_CASE("A domain knows what it is within and who stands above it") {
    const auto domain = [](std::string_view text) { return *Domain::parse_with_literal(text); };
    CHECK(domain("example.test").is_within(domain("example.test")));
    CHECK(domain("a.b.example.test").is_within(domain("example.test")));
    CHECK_FALSE(domain("notexample.test").is_within(domain("example.test")));
    CHECK_FALSE(domain("example.test").is_within(domain("a.example.test")));
    CHECK(domain("[192.0.2.1]").is_within(domain("[192.0.2.1]")));
    CHECK(domain("a.b.c").parent() == domain("b.c"));
    CHECK(domain("c").parent() == std::nullopt);
    CHECK(domain("[192.0.2.1]").parent() == std::nullopt);
}

TEST_CASE("A public suffix is nobody's own domain") {
    const auto is_suffix = [](std::string_view text) {
        return Domain::parse(text)->is_public_suffix();
    };
    CHECK(is_suffix("com"));
    CHECK(is_suffix("co.uk"));
    CHECK(is_suffix("test"));
    CHECK_FALSE(is_suffix("example.com"));
    CHECK_FALSE(is_suffix("example.co.uk"));
    CHECK_FALSE(Domain::parse_with_literal("[192.0.2.1]")->is_public_suffix());
}
