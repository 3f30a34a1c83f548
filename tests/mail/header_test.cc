#include "mail/header.h"

#include "base/utf8.h"
#include "tests/catch.h"

using mail::Header;
using mail::MessageBytes;

TEST_CASE("A header is its fields in order, unfolded and trimmed") {
    const auto header = Header::parse(
        "Subject:  one\r\n two\r\n\tthree \r\nX-A: 1\r\nx-a: 2\r\nEmpty:\r\n\r\nBody: no\r\n"
    );
    REQUIRE(header.fields().size() == 4);
    CHECK(header.fields()[0].name == "Subject");
    CHECK(header.first("subject") == std::string("one two\tthree"));
    CHECK(header.count("X-A") == 2);
    CHECK(header.all("X-A") == std::vector<std::string>{"1", "2"});
    CHECK(header.first("Empty") == std::string());
    CHECK_FALSE(header.first("Body"));
    CHECK_FALSE(header.malformed());
    CHECK_FALSE(header.truncated());
}

TEST_CASE("A line that is no field ends the header section") {
    for (const auto* second :
         {"no field here",
          " \tfolding nothing",
          "From a@b.test Mon Jan 1",
          ": empty",
          "N\xc3\xa4me: x",
          "a b: c"}) {
        const std::string start = second[0] == ' ' ? "" : "A: 1\r\n";
        const auto header = Header::parse(start + second + "\r\nB: 2\r\n\r\n");
        INFO(second);
        CHECK(header.malformed());
        CHECK(header.fields().size() == (start.empty() ? 0 : 1));
        CHECK_FALSE(header.first("B"));
    }
}

TEST_CASE("What parsers read differently makes a header malformed and does not end it") {
    for (const std::string& line :
         {std::string("A : 1"),
          std::string("A: 1\r\n \t"),
          std::string("A: 1\nB: 2"),
          std::string("A: 1\rB: 2"),
          std::string("A: 1\0", 5),
          std::string("A: 1\r\r\n 2")}) {
        const auto header = Header::parse(line + "\r\nZ: 9\r\n\r\n");
        INFO(line);
        CHECK(header.malformed());
        CHECK(header.count("A") == 1);
        CHECK(header.first("Z") == std::string("9"));
    }
    // A bare LF is not the end of a line.
    CHECK_FALSE(Header::parse("A: 1\nB: 2\r\n\r\n").first("B"));
}

TEST_CASE("A header without an end and an empty one are read") {
    CHECK(Header::parse("").fields().empty());
    CHECK(Header::parse("\r\nA: 1\r\n").fields().empty());
    CHECK(Header::parse("A: 1").first("A") == std::string("1"));
    CHECK(Header::parse("A: 1\r\n").first("A") == std::string("1"));
    CHECK_FALSE(Header::parse("A: 1\r\n").truncated());
}

TEST_CASE("A header that is too long is cut and says so") {
    const std::string field = "X-Long: " + std::string(1000, 'x') + "\r\n";
    std::string bytes = "Subject: here\r\n";
    while (bytes.size() <= Header::bytes_max) bytes += field;
    const auto header = *Header::read(MessageBytes::of(bytes + "From: a@b.test\r\n\r\nbody"));
    CHECK(header.truncated());
    CHECK(header.first("Subject") == std::string("here"));
    CHECK_FALSE(header.first("From"));

    const auto one = Header::parse("Subject: " + std::string(Header::bytes_max, 'x'));
    CHECK(one.truncated());
    CHECK(one.first("Subject")->size() > 200'000);

    std::string many;
    for (std::size_t i = 0; i <= Header::fields_max; ++i) many += "a:\r\n";
    CHECK(Header::parse(many + "\r\n").truncated());
    CHECK(Header::parse(many + "\r\n").fields().size() == Header::fields_max);

    // A long body is not a long header.
    const std::string small = "A: 1\r\n\r\n" + std::string(2 * Header::bytes_max, 'x');
    CHECK_FALSE(Header::parse(small).truncated());
    CHECK_FALSE(Header::read(MessageBytes::of(small))->truncated());
}

TEST_CASE("The header of a message is found wherever a read happens to end") {
    for (std::size_t pad = 16 * 1024 - 40; pad < 16 * 1024; ++pad) {
        const auto header = *Header::read(
            MessageBytes::of("X: " + std::string(pad, 'x') + "\r\nFrom: a@b.test\r\n\r\nTo: no\r\n")
        );
        CHECK(header.count("From") == 1);
        CHECK(header.count("To") == 0);
    }
}

TEST_CASE("Encoded words are decoded for people") {
    const auto words = [](std::string_view text) { return mail::decode_words(text); };
    CHECK(words("plain") == "plain");
    CHECK(words("=?utf-8?Q?a_b=C3=BC?=") == "a b\xc3\xbc");
    CHECK(words("=?UTF-8?b?w7w=?=") == "\xc3\xbc");
    CHECK(words("=?iso-8859-1?q?=FC?= x") == "\xc3\xbc x");
    CHECK(words("=?iso-8859-1*de?q?=80?=") == "\xe2\x82\xac");  // what Windows senders mean
    CHECK(words("=?utf-8?q?a?=  =?utf-8?q?b?= c") == "ab c");
    CHECK(words("a =?utf-8?q?b?= c") == "a b c");
    CHECK(words("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=") == "\xe2\x82\xac");  // cut in two
    CHECK(words("=?koi8-r?B?8NLJ18XU?=") == "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82");
    CHECK(words("=?x-nobody?q?a=C3=BC?=") == "a\xc3\xbc");
    CHECK(words("=?utf-8//IGNORE?q?a?=") == "a");
    CHECK(words("=?utf-8?q?a=0D=0AB:_c=00?=") == "a  B: c");
    CHECK(words("=?utf-8?x?a?=") == "=?utf-8?x?a?=");
    CHECK(words("=?utf-8?q?a") == "=?utf-8?q?a");
    CHECK(words("=?") == "=?");
    CHECK(words("raw\xff") == "raw\xef\xbf\xbd");
    CHECK(words("=?utf-8?q?=FF?=") == "\xef\xbf\xbd");
    CHECK(words("=?utf-8?q?=ED=A0=80?=") != "\xed\xa0\x80");
    CHECK(base::is_utf8(words("=?utf-7?q?+2AA-?=")));
}

TEST_CASE("What is encoded for a field comes back the same, in ASCII and short words") {
    std::string umlauts;
    for (int i = 0; i < 200; ++i) umlauts += i % 7 == 0 ? " " : "\xc3\xbc\xf0\x9f\x98\x80";
    for (const std::string& text :
         {std::string("plain subject"),
          std::string(),
          std::string("a =?utf-8?q?b?= c"),
          std::string("j\xc3\xbcrgen"),
          std::string(500, 'x'),
          "x" + umlauts + "x"}) {
        INFO(text);
        const std::string encoded = mail::encode_words(text);
        CHECK(mail::decode_words(encoded) == text);
        std::size_t length = 0;
        for (const char c : encoded) {
            CHECK((c >= ' ' && c < 0x7f));
            length = c == ' ' ? 0 : length + 1;
            CHECK(length <= 75);
        }
    }
    CHECK(mail::encode_words("plain subject") == "plain subject");
}

TEST_CASE("Fields for people are one line of valid UTF-8") {
    const auto header = Header::parse(
        "Subject: =?utf-8?q?a=0Ab?= \x01\r\n\tc\r\nTo: =?utf-8?q?J=C3=BCrgen?= <j@b.test>\r\n"
        "Message-ID: <a\xff@b>\r\n\r\n"
    );
    CHECK(header.subject() == "a b   c");
    CHECK(header.to() == "J\xc3\xbcrgen <j@b.test>");
    CHECK(header.message_id() == "<a\xef\xbf\xbd@b>");
    CHECK(Header::parse("X: 1\r\n\r\n").subject().empty());
    CHECK(Header::parse("To: " + std::string(5000, 'x') + "\r\n\r\n").to().size() == 1000);
}
