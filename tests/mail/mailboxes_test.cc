#include "mail/header.h"
#include "tests/catch.h"

namespace {

// "name|address; name|-": what was read, in one line.
std::string read(std::string_view value) {
    std::string result;
    for (const auto& mailbox : mail::parse_mailboxes(value)) {
        if (!result.empty()) result += "; ";
        result += mailbox.display_name + "|";
        result += mailbox.address ? mailbox.address->text() : "-";
    }
    return result;
}

}  // namespace

TEST_CASE("Mailboxes of a header are read in all their forms") {
    CHECK(read("a@b.test") == "|a@b.test");
    CHECK(read("Bob <a@b.test>") == "Bob|a@b.test");
    CHECK(read("\"Bob, the \\\"B\\\"\" <a@b.test>") == "Bob, the \"B\"|a@b.test");
    CHECK(read("a@b.test (Bob)") == "Bob|a@b.test");
    CHECK(read("<a@b.test> (Bob)") == "Bob|a@b.test");
    CHECK(read("(x (y) \\) z) a@b.test") == "x (y) ) z|a@b.test");
    CHECK(read("a @ b . test") == "|a@b.test");
    CHECK(read("a(c)@(c)b.test") == "cc|a@b.test");
    CHECK(read("< a@b.test (c) >") == "|a@b.test");
    CHECK(read("\"a b\"@c.test") == "|\"a b\"@c.test");
    CHECK(read("a@[IPv6:2001:db8::1], c@d.test") == "|a@[ipv6:2001:db8::1]; |c@d.test");
    CHECK(read("[List] Bob <a@b.test>") == "[List] Bob|a@b.test");
    CHECK(read("=?utf-8?q?J=C3=BCrgen?= <a@b.test>") == "J\xc3\xbcrgen|a@b.test");
    CHECK(read("<@x.test,@y.test:a@b.test>") == "|a@b.test");
    CHECK(read("a@b.test, c@d.test") == "|a@b.test; |c@d.test");
    CHECK(read("a@b.test; c@d.test") == "|a@b.test; |c@d.test");
    CHECK(read(", ,a@b.test,") == "|a@b.test");
    CHECK(read("Team: a@b.test, Bob <c@d.test>; e@f.test") == "|a@b.test; Bob|c@d.test; |e@f.test");
    CHECK(read("undisclosed-recipients:;").empty());
    CHECK(read("").empty());
}

TEST_CASE("No address comes out of a name, a comment or an encoded word") {
    CHECK(read("\"a@b.test\" <evil@x.test>") == "a@b.test|evil@x.test");
    CHECK(read("=?utf-8?q?a=40b=2Etest?= <evil@x.test>") == "a@b.test|evil@x.test");
    CHECK(read("(a@b.test) evil@x.test") == "a@b.test|evil@x.test");
    CHECK(read("=?utf-8?q?a=40b=2Etest?=") == "a@b.test|-");
    CHECK(read("<=?utf-8?q?a=40b=2Etest?=>") == "|-");
    CHECK(
        read("=?utf-8?q?good=40bank.test=3E=2C?= <evil@x.test>") == "good@bank.test>,|evil@x.test"
    );
}

TEST_CASE("What other readers could take for the address is given, too") {
    CHECK(read("good@bank.test <evil@x.test>") == "|good@bank.test; good@bank.test|evil@x.test");
    CHECK(read("evil@x.test <Evil@X.test>") == "evil@x.test|Evil@x.test");
    CHECK(read("<good@bank.test> <evil@x.test>") == "|good@bank.test; |evil@x.test");
    CHECK(read("<evil@x.test> good@bank.test") == "|evil@x.test; |good@bank.test");
    CHECK(read("<evil@x.test> rest") == "|evil@x.test; rest|-");
    CHECK(read("good@bank.test: evil@x.test") == "|good@bank.test; |evil@x.test");
}

TEST_CASE("What is no address is a mailbox without one") {
    CHECK(read("Bob") == "Bob|-");
    CHECK(read("Bob <>") == "Bob|-");
    CHECK(read("a b@c.test") == "a b@c.test|-");
    CHECK(read("<a@b.test") == "|-");
    CHECK(read("\"Bob <a@b.test>") == "Bob <a@b.test>|-");
    CHECK(read("(Bob a@b.test") == "|-");
    CHECK(read("a@b@c.test") == "a@b@c.test|-");
    CHECK(read("a@[192.0.2.1") == "a@[192.0.2.1|-");
}

TEST_CASE("Every From field counts") {
    const auto header = mail::Header::parse(
        "From: a@b.test\r\nfrom: C <c@d.test>, e@f.test\r\nSender: g@h.test\r\n\r\n"
    );
    REQUIRE(header.from().size() == 3);
    CHECK(header.from()[1].display_name == "C");
}

TEST_CASE("A hostile list of 64 KiB is read to its end") {
    // The time is linear; were it square, these would not come back within the test's patience.
    for (const auto* piece :
         {",a",    "<a>",    "(",      "\"",        "[",         "@[",
          "<\"\"", "(x)<a>", "=?a?q?", "=?a?q?b?=", "a@b.test,", "=?koi8-r?q?b?==?utf-16?q?b?=",
          ":",     ";",      "\\",     "@",         "<@",        "< ",
          "a@b:",  "<\"",    "()<"}) {
        std::string value;
        while (value.size() < 64 * 1024) value += piece;
        INFO(piece);
        const auto mailboxes = mail::parse_mailboxes(value);
        CHECK(mailboxes.size() <= value.size());
        const auto behind = mail::parse_mailboxes("(" + value + ")" + value + ",z@z.test");
        CHECK(behind.size() <= 2 * value.size());
    }
}
