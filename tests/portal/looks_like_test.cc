#include "portal/looks_like.h"

#include "base/ensure.h"
#include "mail/confusables.h"
#include "tests/catch.h"

namespace {

mail::Domain domain(std::string_view text) {
    auto parsed = mail::Domain::parse(text);
    base::ensure(parsed.has_value(), text);
    return *parsed;
}

accounts::Person person(std::string address, std::string name = "") {
    accounts::Person person;
    person.address = address;
    person.addresses = {std::move(address)};
    person.name = std::move(name);
    return person;
}

const portal::KnownNames& names() {
    static const portal::KnownNames known = [] {
        auto ada = person("ada@example.test", "Ada Lovelace");
        ada.addresses.push_back("accounts.payable@example.test");
        return portal::KnownNames(
            std::vector{
                ada, person("grace.hopper@example.test"), person("info@example.test", "Info")
            },
            {domain("example.test"),
             domain("b\xc3\xbc"
                    "cher.test")}
        );
    }();
    return known;
}

std::string found(std::string_view name, std::string_view address = "x@evil.example") {
    const auto lookalike = names().find(name, address);
    return lookalike ? lookalike->name + " <" + lookalike->address + ">" : "nobody";
}

}  // namespace

TEST_CASE("Names that look alike have one skeleton") {
    const std::string ada = mail::skeleton("Ada Lovelace");
    for (const std::string_view other :
         {"ADA LOVELACE",
          "\xd0\x90\x64\xd0\xb0 Lovelace",  // Cyrillic A and a
          "\xc3\x81"
          "da L\xc3\xb3velace",  // accents
          "\xef\xbc\xa1"
          "da Lovelace",  // full width
          "Ada L0velace",
          "A\xe2\x80\x8b"
          "da Love\xc2\xad"
          "lace",  // zero width, soft hyphen
          "\xe2\x80\xae"
          "Ada Lovelace"}) {
        INFO(other);
        CHECK(mail::skeleton(other) == ada);
    }
    CHECK(mail::skeleton("modern") == mail::skeleton("modem"));
    CHECK(mail::skeleton("Ada") != mail::skeleton("Eda"));
    CHECK(mail::skeleton("\xff").empty());
    CHECK(mail::skeleton(std::string_view("ab\0c", 4)) == "ab");
    CHECK(mail::skeleton_words("Lovelace, Ada M. (2)") == mail::skeleton_words("ada.lovelace"));
}

TEST_CASE("A name of ours with a foreign address looks like that person") {
    CHECK(found("Ada Lovelace") == "Ada Lovelace <ada@example.test>");
    CHECK(found("LOVELACE, Ada") == "Ada Lovelace <ada@example.test>");
    CHECK(
        found("\xd0\x90"
              "da Lovelace (CEO)") == "nobody"
    );  // more words are another name
    CHECK(
        found("\xd0\x90"
              "da L0vel\xd0\xb0"
              "ce") == "Ada Lovelace <ada@example.test>"
    );
    // Who has no name in the account is known by the address; so are aliases.
    CHECK(found("Grace Hopper") == "grace.hopper@example.test <grace.hopper@example.test>");
    CHECK(found("Accounts Payable") == "Ada Lovelace <accounts.payable@example.test>");
    // No address at all is not ours either.
    CHECK(found("Ada Lovelace", "") == "Ada Lovelace <ada@example.test>");
}

TEST_CASE("Common words and other people look like nobody") {
    CHECK(found("Info") == "nobody");
    CHECK(found("Ada") == "nobody");
    CHECK(found("Ada Byron") == "nobody");
    CHECK(found("") == "nobody");
    CHECK(found("News from the Web") == "nobody");
}

TEST_CASE("Mail from an own address is not said to look like it") {
    CHECK(found("Ada Lovelace", "ada@example.test") == "nobody");
    CHECK(found("Ada Lovelace", "robot@sub.example.test") == "nobody");
    CHECK(found("Ada Lovelace", "ada@notexample.test") != "nobody");
}

TEST_CASE("An address or domain of ours in the displayed name is told") {
    CHECK(found("ada@example.test") == "Ada Lovelace <ada@example.test>");
    CHECK(found("Ada <ada@example.test>") == "Ada Lovelace <ada@example.test>");
    CHECK(found("\"nobody@example.test\"") == "example.test <>");
    CHECK(found("IT desk of Ex\xd0\xb0mple.test") == "example.test <>");
    CHECK(found("Example.test support") == "example.test <>");
    CHECK(found("help.example.test") == "example.test <>");
    CHECK(found("B\xc3\xbc"
                "cher.test")
              .starts_with("b\xc3\xbc"
                           "cher.test"));
    CHECK(found("anexample.test") == "nobody");
    CHECK(found("example.test.evil.example") == "nobody");
    CHECK(found("example.testing") == "nobody");
}
