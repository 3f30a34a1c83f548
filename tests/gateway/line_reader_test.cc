#include "gateway/line_reader.h"

#include "tests/at_every_split.h"
#include "tests/catch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using gateway::LineReader;
using Kind = LineReader::Event::Kind;

namespace {

void receive(LineReader& reader, std::string_view bytes) {
    const auto space = reader.space();
    REQUIRE(bytes.size() <= space.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    reader.received(bytes.size());
}

// What the reader gives until it needs more: lines as they are, "!long" and "!broken". It rests
// then, as it does while a connection waits.
void drain(LineReader& reader, std::vector<std::string>& events) {
    for (;;) {
        const auto event = reader.next();
        if (event.kind == Kind::incomplete) {
            reader.rest();
            return;
        }
        if (event.kind == Kind::line) events.emplace_back(event.line);
        if (event.kind == Kind::too_long) events.emplace_back("!long");
        if (event.kind == Kind::broken) {
            events.emplace_back("!broken");
            return;
        }
    }
}

std::vector<std::string> lines_of(std::string_view bytes, std::string_view rest = {}) {
    LineReader reader(10, 64);
    std::vector<std::string> events;
    for (const auto part : {bytes, rest}) {
        receive(reader, part);
        drain(reader, events);
        if (!events.empty() && events.back() == "!broken") break;
    }
    return events;
}

}  // namespace

TEST_CASE("A line ends at CRLF and nowhere else, at every split") {
    const struct {
        std::string bytes;
        std::vector<std::string> events;
    } cases[] = {
        {"", {}},
        {"abc", {}},
        {"abc\r", {}},
        {"abc\r\n", {"abc"}},
        {"\r\n\r\n", {"", ""}},
        {"a\r\nb\r\nc", {"a", "b"}},
        {"12345678\r\n", {"12345678"}},
        {"123456789\r\na\r\n", {"!long", "a"}},
        {"12345678901234567890\r\na\r\n", {"!long", "a"}},
        {"12345678\r1\r\n", {"!broken"}},
        {"a\nb\r\n", {"!broken"}},
        {"a\rb\r\n", {"!broken"}},
        {"a\r\r\n", {"!broken"}},
        {"\n", {"!broken"}},
        {std::string("a\0b\r\n", 5), {"!broken"}},
        {std::string("a\r\0\n", 4), {"!broken"}},
        {"ok\r\nb\n", {"ok", "!broken"}},
        {"12345678901234567890\n", {"!broken"}},
        {"12345678901234567890\r1\n", {"!broken"}},
        {"12345678901234567890\r\r\n", {"!broken"}},
        {std::string("12345678901234567890\0\r\n", 23), {"!broken"}},
    };
    for (const auto& one : cases) {
        INFO(one.bytes);
        at_every_split(one.bytes, [&](std::string_view first, std::string_view second) {
            CHECK(lines_of(first, second) == one.events);
        });
    }
}

TEST_CASE("After a fault nothing more is given") {
    LineReader reader(100);
    receive(reader, "a\nb\r\nc\r\n");
    CHECK(reader.next().kind == Kind::broken);
    receive(reader, "d\r\n");
    CHECK(reader.next().kind == Kind::broken);
}

TEST_CASE("An overlong line needs no more than the buffer and does not go on for ever") {
    LineReader reader(10, 64);
    std::size_t sent = 0;
    auto kind = Kind::incomplete;
    while (kind == Kind::incomplete) {
        const auto space = reader.space();
        REQUIRE(space.size() == 64);
        std::fill(space.begin(), space.end(), 'x');
        reader.received(space.size());
        sent += space.size();
        kind = reader.next().kind;
        REQUIRE(sent < 2 * 1024 * 1024);
    }
    CHECK(kind == Kind::broken);
}

TEST_CASE("What waits can be taken as raw bytes, and lines go on behind it") {
    LineReader reader(100);
    receive(reader, "DATA\r\nraw.bytesQUIT\r\nmore");
    CHECK(reader.next().line == "DATA");
    CHECK(reader.waiting() == "raw.bytesQUIT\r\nmore");
    reader.take(9);
    CHECK(reader.next().line == "QUIT");
    CHECK(reader.next().kind == Kind::incomplete);
    reader.drop();
    CHECK(reader.waiting().empty());
    receive(reader, "NOOP\r\n");
    CHECK(reader.next().line == "NOOP");
}

TEST_CASE("There is always room for the rest of a line") {
    LineReader reader(20, 32);
    std::vector<std::string> events;
    for (int i = 0; i < 100; ++i) {
        for (const char c : std::string_view("0123456789abcdef\r\n")) {
            REQUIRE_FALSE(reader.space().empty());
            receive(reader, {&c, 1});
            drain(reader, events);
        }
    }
    CHECK(events.size() == 100);
}
