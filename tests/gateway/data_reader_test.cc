#include "gateway/data_reader.h"

#include "tests/at_every_split.h"
#include "tests/catch.h"

#include <optional>
#include <string>

using gateway::DataReader;
using gateway::LineEnds;

namespace {

struct Outcome {
    bool complete = false;
    bool bad = false;
    std::size_t used = 0;
    std::string message;  // of a good one
    bool operator==(const Outcome&) const = default;
};

Outcome read(LineEnds line_ends, std::string_view first, std::string_view second = {}) {
    DataReader reader(line_ends);
    std::string out;
    std::size_t used = reader.feed(first, out);
    if (!reader.complete()) {
        if (used != first.size()) FAIL("bytes were left before the end");
        used += reader.feed(second, out);
    }
    if (reader.bytes_seen() != used) FAIL("bytes were not counted");
    const bool bad = reader.has_bad_line_ends();
    return {reader.complete(), bad, used, bad ? std::string() : out};
}

// The same said as plainly as possible, on the whole input at once. For input that ends.
Outcome plainly(LineEnds line_ends, std::string_view input) {
    std::string body = "\r\n" + std::string(input);
    const auto end = body.find("\r\n.\r\n");
    Outcome outcome{true, false, end + 3, {}};
    body = body.substr(2, end);  // with the CRLF before the dot, without the one put in front
    if (end == 0) body.clear();
    while (!body.empty()) {
        const auto crlf = body.find("\r\n");
        std::string line = body.substr(0, crlf);
        body.erase(0, crlf + 2);
        if (line.starts_with('.')) line.erase(0, 1);
        for (const char c : line) {
            const bool bare = c == '\r' || c == '\n';
            if (c == '\0' || (bare && line_ends == LineEnds::strict)) outcome.bad = true;
            outcome.message += bare ? std::string("\r\n") : std::string(1, c);
        }
        outcome.message += "\r\n";
    }
    if (outcome.bad) outcome.message.clear();
    return outcome;
}

// Every string over the alphabet of trouble, up to `length`.
template <class Test>
void for_every_string(std::size_t length, Test&& test) {
    constexpr std::string_view alphabet("\r\n.a\0", 5);
    for (std::size_t size = 0; size <= length; ++size) {
        std::string text(size, alphabet[0]);
        std::string digits(size, 0);
        for (bool more = true; more;) {
            test(text);
            more = false;
            for (std::size_t i = 0; i < size && !more; ++i) {
                more = ++digits[i] < static_cast<char>(alphabet.size());
                if (!more) digits[i] = 0;
                text[i] = alphabet[static_cast<std::size_t>(digits[i])];
            }
        }
    }
}

std::string shown(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\r')
            result += "CR ";
        else if (c == '\n')
            result += "LF ";
        else if (c == '\0')
            result += "NUL ";
        else
            result += std::string(1, c) + " ";
    }
    return result;
}

}  // namespace

TEST_CASE("The data ends where a plain reading says, for every short input") {
    std::size_t wrong = 0;
    std::string example;
    for_every_string(7, [&](const std::string& text) {
        const std::string input = text + "\r\n.\r\nZ";
        for (const auto line_ends : {LineEnds::strict, LineEnds::normalise}) {
            if (read(line_ends, input) == plainly(line_ends, input)) continue;
            if (wrong++ == 0) example = shown(input);
        }
    });
    INFO(example);
    CHECK(wrong == 0);
}

TEST_CASE("Where the input is cut changes nothing, for every short input") {
    std::size_t wrong = 0;
    std::string example;
    for_every_string(5, [&](const std::string& text) {
        const std::string input = text + "\r\n.\r\nZ";
        for (const auto line_ends : {LineEnds::strict, LineEnds::normalise}) {
            const auto whole = read(line_ends, input);
            at_every_split(input, [&](std::string_view first, std::string_view second) {
                if (read(line_ends, first, second) == whole) return;
                if (wrong++ == 0) example = shown(first) + "| " + shown(second);
            });
        }
    });
    INFO(example);
    CHECK(wrong == 0);
}

TEST_CASE("No byte behind the end of data is used") {
    const std::string input = "Subject: x\r\n\r\n..a\r\n.\r\nQUIT\r\n.\r\n";
    at_every_split(input, [](std::string_view first, std::string_view second) {
        const auto outcome = read(LineEnds::strict, first, second);
        CHECK(outcome == Outcome{true, false, 22, "Subject: x\r\n\r\n.a\r\n"});
    });
}

TEST_CASE("A spoilt message is read on to its true end and gives nothing more") {
    DataReader reader;
    std::string out;
    reader.feed("good\r\nbad\n", out);
    CHECK(reader.has_bad_line_ends());
    const auto before = out.size();
    reader.feed(".\nMAIL FROM:<a@b.test>\r\n", out);
    CHECK_FALSE(reader.complete());
    CHECK(reader.feed("\r\n.\r\nNOOP\r\n", out) == 5);
    CHECK(reader.complete());
    CHECK(out.size() == before);
    CHECK(reader.bytes_seen() == 10 + 25 - 1 + 5);
    CHECK(reader.feed("more", out) == 0);
}

TEST_CASE("Long lines and large pieces pass byte for byte") {
    std::string message;
    for (int i = 0; i < 2000; ++i)
        message +=
            std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)) + "\r\n";
    std::string out;
    DataReader reader;
    reader.feed(message + ".\r\n", out);
    CHECK(reader.complete());
    CHECK(out == message);
}
