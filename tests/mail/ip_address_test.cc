#include "mail/ip_address.h"

#include "tests/catch.h"

using mail::IpAddress;
using mail::IpNetwork;

namespace {

std::string address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    return parsed ? parsed->text() : "refused";
}

std::string network(std::string_view text) {
    const auto parsed = IpNetwork::parse(text);
    return parsed ? parsed->text() : parsed.error().text;
}

bool contains(std::string_view in, std::string_view what) {
    return IpNetwork::parse(in)->contains(*IpAddress::parse(what));
}

}  // namespace

TEST_CASE("IP addresses are read in their forms and written in one") {
    CHECK(address("192.0.2.1") == "192.0.2.1");
    CHECK(address("2001:DB8:0::1") == "2001:db8::1");
    CHECK(address("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(address("::ffff:c000:201") == "192.0.2.1");
    CHECK(IpAddress::parse("::ffff:192.0.2.1") == *IpAddress::parse("192.0.2.1"));
    CHECK(IpAddress::parse("::1")->bytes().size() == 16);
    CHECK(IpAddress::parse("127.0.0.1")->bytes() == std::string_view("\x7f\0\0\x01", 4));
    CHECK(IpAddress().text() == "0.0.0.0");
    for (const auto* text :
         {"", "192.0.2", "192.0.2.256", "192.0.2.01", "1::2::3", "fe80::1%eth0", "x", " ::1"})
        CHECK(address(text) == "refused");
    CHECK(address(std::string_view("::1\0", 4)) == "refused");
}

TEST_CASE("Connections are counted per IPv4 address and per IPv6 /64") {
    CHECK(IpAddress::parse("192.0.2.1")->counted_as().text() == "192.0.2.1");
    CHECK(IpAddress::parse("2001:db8:1:2:3:4:5:6")->counted_as().text() == "2001:db8:1:2::");
}

TEST_CASE("A network contains its addresses and no others") {
    CHECK(contains("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(contains("192.0.2.0/24", "192.0.3.0"));
    CHECK(contains("192.0.2.1", "192.0.2.1"));
    CHECK_FALSE(contains("192.0.2.1", "192.0.2.2"));
    CHECK(contains("0.0.0.0/0", "255.255.255.255"));
    CHECK_FALSE(contains("0.0.0.0/0", "::1"));
    CHECK_FALSE(contains("::/0", "192.0.2.1"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("::ffff:192.0.2.0/120", "192.0.2.7"));
    CHECK(contains("10.128.0.0/9", "10.200.0.1"));
}

TEST_CASE("What is no network is refused, with what was meant if that is clear") {
    CHECK(network("192.0.2.0/24") == "192.0.2.0/24");
    CHECK(network("::ffff:192.0.2.0/120") == "192.0.2.0/24");
    CHECK(network("2001:db8::/32") == "2001:db8::/32");
    CHECK(network("192.0.2.1/32") == "192.0.2.1");
    CHECK_THAT(network("192.0.2.7/24"), Catch::Contains("did you mean 192.0.2.0/24?"));
    for (const auto* text :
         {"",
          "/",
          "192.0.2.0/",
          "192.0.2.0/33",
          "192.0.2.0/-1",
          "192.0.2.0/2x",
          "::/129",
          "x/8",
          "192.0.2.0/024/1",
          "::ffff:192.0.2.0/24"}) {
        INFO(text);
        CHECK_FALSE(IpNetwork::parse(text));
    }
}
