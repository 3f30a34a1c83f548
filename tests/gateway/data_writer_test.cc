#include "gateway/data_writer.h"

#include "gateway/data_reader.h"
#include "tests/at_every_split.h"
#include "tests/catch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <regex>
#include <string>

using gateway::DataReader;
using gateway::DataWriter;

namespace {

void write(
    DataWriter& writer, std::string_view piece, std::size_t buffer_bytes, std::string& wire
) {
    std::string buffer(buffer_bytes, '?');
    while (!piece.empty()) {
        const auto progress = writer.write(piece, buffer);
        if (progress.read + progress.written == 0) FAIL("the writer stands still");
        wire.append(buffer, 0, progress.written);
        piece.remove_prefix(progress.read);
    }
}

std::string stuffed(std::string_view first, std::string_view second, std::size_t buffer_bytes) {
    DataWriter writer;
    std::string wire;
    write(writer, first, buffer_bytes, wire);
    write(writer, second, buffer_bytes, wire);
    wire += writer.finish();
    return wire;
}

std::string stuffed(std::string_view message) {
    return stuffed(message, {}, 1000);
}

std::string unstuffed(std::string_view wire) {
    DataReader reader;
    std::string message;
    const bool whole = reader.feed(wire, message) == wire.size() && reader.complete();
    if (!whole || reader.has_bad_line_ends()) FAIL("the wire form is not one good message");
    return message;
}

// Messages of up to six of these pieces.
template <class Test>
void for_every_message(std::size_t pieces, const std::string& start, Test&& test) {
    test(start);
    if (pieces == 0) return;
    for (const auto* piece : {"\r\n", ".", "a"}) for_every_message(pieces - 1, start + piece, test);
}

// Whether ensure() ended the process.
template <class Action>
bool aborts(Action&& action) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        action();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("Dots are stuffed at the start of a line and nowhere else") {
    CHECK(stuffed("") == ".\r\n");
    CHECK(stuffed("a\r\n") == "a\r\n.\r\n");
    CHECK(stuffed("a") == "a\r\n.\r\n");
    CHECK(stuffed(".") == "..\r\n.\r\n");
    CHECK(stuffed(".\r\n") == "..\r\n.\r\n");
    CHECK(stuffed("..\r\n.a\r\na.\r\n") == "...\r\n..a\r\na.\r\n.\r\n");
    CHECK(stuffed("\r\n") == "\r\n.\r\n");
}

TEST_CASE("unstuff(stuff(x)) is x, wherever x is cut and whatever the buffer") {
    for_every_message(6, "", [](const std::string& message) {
        const std::string wire = stuffed(message);
        const bool ends = message.empty() || message.ends_with("\r\n");
        REQUIRE(unstuffed(wire) == message + (ends ? "" : "\r\n"));
        at_every_split(message, [&](std::string_view first, std::string_view second) {
            for (const std::size_t buffer_bytes : {2U, 3U, 64U})
                if (stuffed(first, second, buffer_bytes) != wire) FAIL("cut within " << message);
        });
    });
}

TEST_CASE("The wire form is read back at every split") {
    const std::string message = ".\r\n..\r\n\r\na.b\r\n.\r\n";
    at_every_split(stuffed(message), [&](std::string_view first, std::string_view second) {
        DataReader reader;
        std::string out;
        reader.feed(first, out);
        reader.feed(second, out);
        CHECK(reader.complete());
        CHECK(out == message);
    });
}

TEST_CASE("The most lenient server sees one end of data, whatever was let through") {
    // R12: every form that some server has taken for the end.
    const std::regex ends("(\r\n|\n|\r)\\.(\r\n|\n|\r)");
    for_every_message(7, "", [&](const std::string& message) {
        const std::string wire = "\r\n" + stuffed(message);
        const auto count = std::distance(
            std::sregex_iterator(wire.begin(), wire.end(), ends), std::sregex_iterator()
        );
        REQUIRE(count == 1);
    });
}

TEST_CASE("A bare CR, a bare LF and a NUL are never sent, wherever they are cut") {
    for (const auto& bad :
         {std::string("a\nb\r\n"),
          std::string("a\rb\r\n"),
          std::string("\n"),
          std::string("a\r\r\n"),
          std::string("a\r"),
          std::string("a\0b\r\n", 5),
          std::string("a\r\0\n", 4)}) {
        at_every_split(bad, [](std::string_view first, std::string_view second) {
            CHECK(aborts([&] { stuffed(first, second, 16); }));
        });
    }
    CHECK_FALSE(aborts([] { stuffed("good\r\n", "", 16); }));
}

TEST_CASE("The end of data is written once") {
    CHECK(aborts([] {
        DataWriter writer;
        writer.finish();
        writer.finish();
    }));
    CHECK(aborts([] {
        DataWriter writer;
        writer.finish();
        std::array<char, 10> buffer{};
        writer.write("x", buffer);
    }));
}

TEST_CASE("A buffer with room for one byte waits before a stuffed dot") {
    DataWriter writer;
    std::array<char, 1> one{};
    const auto progress = writer.write(".", one);
    CHECK(progress.read == 0);
    CHECK(progress.written == 0);
}
