#include "gateway/proxy_header.h"

#include "tests/at_every_split.h"
#include "tests/catch.h"

#include <string>

using gateway::ProxyHeader;
using State = ProxyHeader::State;

namespace {

using namespace std::string_literals;

const std::string v2_signature = "\r\n\r\n\0\r\nQUIT\n"s;

// Version and command, family, the rest behind its own length.
std::string v2(char command, char family, const std::string& rest) {
    return v2_signature + command + family + static_cast<char>(rest.size() >> 8U) +
           static_cast<char>(rest.size() & 0xffU) + rest;
}

struct Outcome {
    State state = State::incomplete;
    std::string client;  // "address port" or ""
    std::size_t used = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view first, std::string_view second = {}) {
    ProxyHeader header;
    std::size_t used = header.feed(first);
    if (header.state() == State::incomplete) used += header.feed(second);
    std::string client;
    if (header.client())
        client = header.client()->address.text() + " " + std::to_string(header.client()->port);
    CHECK(header.problem().empty() == (header.state() != State::invalid));
    return {header.state(), client, used};
}

}  // namespace

TEST_CASE("A PROXY header is read at every split, and nothing behind it") {
    const std::string v4 = "\xc0\x00\x02\x01\xc6\x33\x64\x02\x13\x89\x00\x19"s;
    const std::string v6 = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s +
                           "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"s + "\x13\x89\x00\x19"s;
    const struct {
        std::string header;
        std::string client;
    } cases[] = {
        {"PROXY TCP4 192.0.2.1 198.51.100.2 5001 25\r\n", "192.0.2.1 5001"},
        {"PROXY TCP6 2001:db8::1 2001:db8::2 5001 25\r\n", "2001:db8::1 5001"},
        {"PROXY UNKNOWN\r\n", ""},
        {"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", ""},
        {v2('\x21', '\x11', v4), "192.0.2.1 5001"},
        {v2('\x21', '\x21', v6), "2001:db8::1 5001"},
        {v2('\x21', '\x11', v4 + "\x03\x00\x04\x01\x02\x03\x04"s), "192.0.2.1 5001"},
        {v2('\x20', '\x11', v4), ""},
        {v2('\x20', '\0', ""), ""},
        {v2('\x21', '\0', "whatever"), ""},
    };
    for (const auto& one : cases) {
        const std::string input = one.header + "EHLO client.example\r\n";
        at_every_split(input, [&](std::string_view first, std::string_view second) {
            CHECK(read(first, second) == Outcome{State::complete, one.client, one.header.size()});
        });
        for (std::size_t size = 0; size < one.header.size(); ++size)
            CHECK(read(one.header.substr(0, size)) == Outcome{State::incomplete, "", size});
    }
}

TEST_CASE("What is not a PROXY header is refused as early as it shows") {
    for (const auto& bad :
         {"EHLO client.example\r\n"s,
          "PROXY\r\n"s,
          "PROXY \r\n"s,
          "PROXY TCP4\r\n"s,
          "PROXY TCP5 192.0.2.1 198.51.100.2 5001 25\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 5001\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 5001 25 26\r\n"s,
          "PROXY TCP4  192.0.2.1 198.51.100.2 5001 25\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 05001 25\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n"s,
          "PROXY TCP4 2001:db8::1 2001:db8::2 5001 25\r\n"s,
          "PROXY TCP6 192.0.2.1 198.51.100.2 5001 25\r\n"s,
          "PROXY TCP4 localhost 198.51.100.2 5001 25\r\n"s,
          "PROXY TCP4 192.0.2.1 198.51.100.2 5001 25\n"s,
          "proxy TCP4 192.0.2.1 198.51.100.2 5001 25\r\n"s,
          "PROXY UNKNOWN "s + std::string(200, 'x'),
          v2('\x11', '\x11', std::string(12, 'x')),
          v2('\x22', '\x11', std::string(12, 'x')),
          v2('\x21', '\x12', std::string(12, 'x')),
          v2('\x21', '\x31', std::string(216, 'x')),
          v2('\x21', '\x11', std::string(11, 'x')),
          v2('\x21', '\x21', std::string(35, 'x')),
          v2('\x21', '\x11', std::string(4000, 'x')),
          "\r\n\r\nEHLO"s}) {
        const auto outcome = read(bad);
        CHECK(outcome.state == State::invalid);
        CHECK(outcome.client.empty());
    }
    CHECK(read("E").used == 1);
    CHECK(read("E").state == State::invalid);
}
