// Room: gateway
// Covers: gateway/data_reader.cc gateway/data_writer.cc
#include "base/ensure.h"
#include "gateway/data_reader.h"
#include "gateway/data_writer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using gateway::LineEnds;

struct Outcome {
    bool complete = false;
    bool bad = false;
    std::size_t used = 0;
    std::string message;
    bool operator==(const Outcome&) const = default;
};

Outcome read(LineEnds line_ends, std::string_view input, std::size_t piece) {
    gateway::DataReader reader(line_ends);
    Outcome outcome;
    while (outcome.used < input.size() && !reader.complete())
        outcome.used += reader.feed(input.substr(outcome.used, piece), outcome.message);
    outcome.complete = reader.complete();
    outcome.bad = reader.has_bad_line_ends();
    base::ensure(reader.bytes_seen() == outcome.used, "every byte is counted");
    if (outcome.bad) outcome.message.clear();
    return outcome;
}

std::string write(std::string_view message, std::size_t piece) {
    gateway::DataWriter writer;
    std::array<char, 37> buffer{};
    std::string wire;
    while (!message.empty()) {
        std::string_view part = message.substr(0, piece);
        message.remove_prefix(part.size());
        while (!part.empty()) {
            const auto progress = writer.write(part, buffer);
            base::ensure(progress.read + progress.written > 0, "the writer goes on");
            wire.append(buffer.data(), progress.written);
            part.remove_prefix(progress.read);
        }
    }
    wire += writer.finish();
    return wire;
}

void check(LineEnds line_ends, std::string_view input, std::size_t piece) {
    const auto whole = read(line_ends, input, input.size() + 1);
    base::ensure(read(line_ends, input, 1) == whole, "the same byte by byte");
    base::ensure(read(line_ends, input, piece) == whole, "the same in pieces");
    const auto end = ("\r\n" + std::string(input)).find("\r\n.\r\n");
    base::ensure(whole.complete == (end != std::string::npos), "CRLF.CRLF ends the data");
    if (!whole.complete) return;
    base::ensure(whole.used == end + 3, "and not a byte behind it is used");
    if (whole.bad) return;
    // What was taken can be sent (the writer would abort on a bare CR, LF or NUL), and is read
    // back.
    const std::string wire = write(whole.message, piece);
    const auto again = read(LineEnds::strict, wire, piece);
    base::ensure(again.complete && again.used == wire.size(), "one end of data");
    base::ensure(again.message == whole.message, "the same message");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t piece = 1 + data[0] % 31U;
    check(LineEnds::strict, input, piece);
    check(LineEnds::normalise, input, piece);
    return 0;
}
