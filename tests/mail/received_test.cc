#include "mail/received.h"

#include "mail/header.h"
#include "tests/catch.h"

#include <sstream>

using namespace std::chrono;

namespace {

mail::Hop hop() {
    mail::Hop result;
    result.helo = "client.example.test";
    result.client = *mail::IpAddress::parse("192.0.2.1");
    result.by = "mx.example.test";
    result.protocol = "ESMTPS";
    result.id = "k3jd-1";
    result.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    result.at = base::Time(sys_days(2026y / 11 / 21) + 20h + 3min + 47s + 123ms);
    return result;
}

std::string value_of(const std::string& field) {
    return mail::Header::parse(field).fields().at(0).value;
}

void check_lines(const std::string& field, std::size_t columns_max) {
    REQUIRE(field.ends_with("\r\n"));
    std::istringstream lines(field);
    for (std::string line; std::getline(lines, line);) {
        REQUIRE(line.ends_with('\r'));
        line.pop_back();
        CHECK(line.size() <= columns_max);
        CHECK(line.find_first_not_of(" \t") != std::string::npos);
        CHECK(line.find('\r') == std::string::npos);
    }
    const auto header = mail::Header::parse(field);
    CHECK(header.fields().size() == 1);
    CHECK_FALSE(header.malformed());
}

}  // namespace

TEST_CASE("A date is written as RFC 5322 says") {
    CHECK(mail::to_rfc5322_date(hop().at) == "Sat, 21 Nov 2026 20:03:47 +0000");
    CHECK(mail::to_rfc5322_date(base::Time()) == "Thu, 1 Jan 1970 00:00:00 +0000");
}

TEST_CASE("The Received field names who, how, which and when") {
    const auto bob = *mail::Address::parse("bob@example.test");
    const auto field = mail::received_field(hop(), &bob);
    check_lines(field, 76);
    CHECK(
        value_of(field) ==
        "from client.example.test ([192.0.2.1]) by mx.example.test with ESMTPS "
        "(TLSv1.3 TLS_AES_256_GCM_SHA384) id k3jd-1 for <bob@example.test>; "
        "Sat, 21 Nov 2026 20:03:47 +0000"
    );
    auto plain = hop();
    plain.tls.clear();
    plain.client = *mail::IpAddress::parse("2001:db8::1");
    CHECK_THAT(
        value_of(mail::received_field(plain, nullptr)),
        Catch::Contains("([IPv6:2001:db8::1])") && Catch::Contains("with ESMTPS id") &&
            !Catch::Contains(" for ")
    );
}

TEST_CASE("A client cannot write our trace through its HELO name") {
    for (const auto* helo :
         {"a by mx.test with SMTP id 1; Mon",
          "a\r\nX: y",
          "a (",
          "a)",
          "\xff\xfe",
          "[192.0.2.1] x",
          "a;b"}) {
        auto hostile = hop();
        hostile.helo = helo;
        hostile.tls = "x) by y (\\";
        const auto field = mail::received_field(hostile, nullptr);
        INFO(field);
        check_lines(field, 76);
        const std::string value = value_of(field);
        CHECK(value.find(" by ") == value.rfind(" by mx.example.test"));
        CHECK(std::count(value.begin(), value.end(), ';') == 1);
        CHECK(std::count(value.begin(), value.end(), '(') == 2);
    }
    auto unicode = hop();
    unicode.helo =
        "b\xc3\xbc"
        "cher.example";
    CHECK_THAT(
        mail::received_field(unicode, nullptr), Catch::Contains("from xn--bcher-kva.example ")
    );
    auto empty = hop();
    empty.helo.clear();
    CHECK_THAT(mail::received_field(empty, nullptr), Catch::Contains("from unknown "));
    auto literal = hop();
    literal.helo = "[IPv6:2001:db8::1]";
    CHECK_THAT(mail::received_field(literal, nullptr), Catch::Contains("from [IPv6:2001:db8::1] "));
}

TEST_CASE("A folded field unfolds to what went in") {
    std::string words;
    for (int i = 0; i < 200; ++i)
        words +=
            "word" + std::string(static_cast<std::size_t>(i % 9), ' ') + std::to_string(i) + " ";
    words.pop_back();
    for (const std::string& value :
         {std::string("short"), words, "x " + std::string(200, 'y') + " z", std::string(200, 'y')
         }) {
        const auto field = mail::header_field("X-Test", value);
        check_lines(field, 998);
        CHECK(value_of(field) == value);
    }
    check_lines(mail::header_field("X-Test", words), 76);
    check_lines(mail::header_field("X-Test", std::string(5000, 'y')), 998);
    CHECK(mail::header_field("X-Test", "") == "X-Test:\r\n");
    CHECK(mail::header_field("X-Test", "  ") == "X-Test:\r\n");
    CHECK(mail::header_field("X-Test", "a\r\nb\tc") == "X-Test: a  b c\r\n");
    CHECK(mail::header_field("X Te:st", "a") == "X-Te-st: a\r\n");
}

TEST_CASE("A field value that is not ASCII travels as encoded words") {
    std::string umlauts = "Rule";
    for (int i = 0; i < 100; ++i) umlauts += " \xc3\xbc";
    const auto field = mail::header_field("X-Test", umlauts);
    check_lines(field, 76);
    for (const char c : field) CHECK(static_cast<unsigned char>(c) < 0x80);
    CHECK(mail::decode_words(value_of(field)) == umlauts);
}
