#include "mail/address.h"

#include "tests/catch.h"

using mail::Address;

namespace {

std::string parsed(std::string_view text) {
    const auto address = Address::parse(text);
    return address ? address->text() : "refused";
}

}  // namespace

TEST_CASE("An address is parsed once and written again from its parts") {
    CHECK(parsed("bob@Example.TEST") == "bob@example.test");
    CHECK(parsed("Bob.Smith+tag@example.test") == "Bob.Smith+tag@example.test");
    CHECK(parsed("\"bob\"@example.test") == "bob@example.test");
    CHECK(parsed("\"b\\o\\b\"@example.test") == "bob@example.test");
    CHECK(parsed("\"a b\"@example.test") == "\"a b\"@example.test");
    CHECK(parsed("\"a\\\"b\\\\\"@example.test") == "\"a\\\"b\\\\\"@example.test");
    CHECK(parsed("\"\"@example.test") == "\"\"@example.test");
    CHECK(parsed("\"a..b\"@example.test") == "\"a..b\"@example.test");
    CHECK(parsed("\"a@b\"@example.test") == "\"a@b\"@example.test");
    CHECK(parsed("\"<>\"@example.test") == "\"<>\"@example.test");
    CHECK(parsed("a@[192.0.2.1]") == "a@[192.0.2.1]");
    CHECK(
        parsed("a@b\xc3\xbc"
               "cher.example") == "a@xn--bcher-kva.example"
    );
    CHECK(parsed("j\xc3\xbcrgen@example.test") == "j\xc3\xbcrgen@example.test");
    CHECK(parsed("a@example.test.") == "a@example.test");
}

TEST_CASE("What is no address is refused") {
    for (const auto& text : {
             std::string(),
             std::string("@"),
             std::string("a"),
             std::string("a@"),
             std::string("@b.test"),
             std::string("a@b@c.test"),
             std::string(".a@b.test"),
             std::string("a.@b.test"),
             std::string("a..b@c.test"),
             std::string("a b@c.test"),
             std::string("a@b .test"),
             std::string(" a@b.test"),
             std::string("a@b.test "),
             std::string("<a@b.test>"),
             std::string("a(comment)@b.test"),
             std::string("a,b@c.test"),
             std::string("\"a@b.test"),
             std::string("\"a\"b@c.test"),
             std::string("\"a\"\"b\"@c.test"),
             std::string("\"a\\"),
             std::string("\"a\\\"@b.test"),
             std::string("\"a\r\nb\"@c.test"),
             std::string("\"a\tb\"@c.test"),
             std::string("\"a\0b\"@c.test", 12),
             std::string("a\0b@c.test", 10),
             std::string("a\x7f@c.test"),
             std::string("a\xff@c.test"),
             std::string("a\xc2\x85@c.test"),
             std::string("\"\\\xc3\xbc\"@c.test"),
             std::string(65, 'a') + "@b.test",
             "\"" + std::string(33, '\\') + std::string(33, '\\') + "\"@b.test",
             "a@" + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(63, 'd') +
                 "." + std::string(61, 'e'),
             std::string(1'000'000, 'a'),
             std::string(1'000'000, '"'),
         }) {
        INFO(text.substr(0, 80));
        const auto address = Address::parse(text);
        REQUIRE_FALSE(address);
        CHECK(address.error().kind == base::ErrorKind::invalid);
        CHECK_FALSE(address.error().text.empty());
    }
    CHECK(parsed(std::string(64, 'a') + "@b.test") != "refused");
}

TEST_CASE("Addresses are compared without case, and written with it") {
    const auto bob = *Address::parse("Bob@Example.test");
    CHECK(bob == *Address::parse("bob@example.TEST"));
    CHECK(bob.key() == "bob@example.test");
    CHECK(bob.text() == "Bob@example.test");
    CHECK_FALSE(bob == *Address::parse("rob@example.test"));
    CHECK(Address::parse("\"bob\"@example.test")->key() == bob.key());
    CHECK(
        Address::parse("a@xn--bcher-kva.example")->display() ==
        "a@b\xc3\xbc"
        "cher.example"
    );
}

TEST_CASE("An address says what it needs of the next server") {
    CHECK(Address::parse("a@b.test")->is_ascii());
    CHECK(Address::parse("a@b\xc3\xbc"
                         "cher.example")
              ->is_ascii());
    CHECK_FALSE(Address::parse("\xc3\xbc@b.test")->is_ascii());
    CHECK(Address::parse("a%c@b.test")->has_routing_characters());
    CHECK(Address::parse("c!a@b.test")->has_routing_characters());
    CHECK(Address::parse("\"a@c\"@b.test")->has_routing_characters());
    CHECK_FALSE(Address::parse("a@b.test")->has_routing_characters());
}

TEST_CASE("Every address that parses is parsed again from its text to the same parts") {
    // All strings of up to four of these pieces, and of three behind some beginnings.
    const std::vector<std::string> pieces = {
        "a",
        "B",
        ".",
        "@",
        "\"",
        "\\",
        " ",
        "%",
        "<",
        "-",
        "_",
        "[",
        "192.0.2.1]",
        "\xc3\xbc",
        "x.test",
        "\x01"
    };
    std::size_t accepted = 0;
    const auto walk = [&](const auto& self, const std::string& text, int depth) -> void {
        if (const auto address = Address::parse(text)) {
            ++accepted;
            const auto again = Address::parse(address->text());
            REQUIRE(again);
            CHECK(again->local_part() == address->local_part());
            CHECK(again->domain() == address->domain());
            CHECK(again->key() == address->key());
            CHECK(Address::parse(address->key())->key() == address->key());
            CHECK(Address::parse(address->display()) == *address);
            CHECK(address->text().find_first_of("\r\n") == std::string::npos);
        }
        if (depth == 0) return;
        for (const auto& piece : pieces) self(self, text + piece, depth - 1);
    };
    walk(walk, "", 4);
    walk(walk, "\"a", 3);
    walk(walk, "a@", 3);
    CHECK(accepted > 500);
}

TEST_CASE("The null sender is a sender without an address") {
    CHECK(mail::Sender().is_null());
    CHECK(mail::Sender().text().empty());
    const mail::Sender bob = *Address::parse("bob@b.test");
    CHECK_FALSE(bob.is_null());
    CHECK(bob.text() == "bob@b.test");
    CHECK_FALSE(bob == mail::Sender());
}
