// Room: gateway
// What reading and writing the bytes of a message cost: DATA as it comes from the network, and as
// it goes to the back end, in pieces of 32 KiB. Prints MB/s (best of five) for several kinds of
// message.

#include "base/ensure.h"
#include "gateway/data_reader.h"
#include "gateway/data_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t message_bytes = 64UL * 1024 * 1024;
constexpr std::size_t piece_bytes = 32UL * 1024;

std::string lines_of(std::string_view line) {
    std::string message;
    message.reserve(message_bytes + line.size());
    while (message.size() < message_bytes) message += line;
    return message;
}

double best_rate(std::size_t bytes, const std::function<void()>& run) {
    double best = 0;
    for (int i = 0; i < 5; ++i) {
        const auto start = std::chrono::steady_clock::now();
        run();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(bytes) / took.count() / 1e6);
    }
    return best;
}

std::string written(const std::string& message) {
    gateway::DataWriter writer;
    std::vector<char> buffer(piece_bytes);
    std::string wire;
    std::string_view rest = message;
    while (!rest.empty()) {
        const auto progress = writer.write(rest, buffer);
        wire.append(buffer.data(), progress.written);
        rest.remove_prefix(progress.read);
    }
    wire += writer.finish();
    return wire;
}

void read(const std::string& wire, std::uint64_t expected) {
    gateway::DataReader reader;
    std::string piece;
    std::uint64_t bytes = 0;
    for (std::size_t at = 0; at < wire.size(); at += piece_bytes) {
        piece.clear();
        reader.feed(std::string_view(wire).substr(at, piece_bytes), piece);
        bytes += piece.size();
    }
    base::ensure(reader.complete() && bytes == expected, "the message was read");
}

void write(const std::string& message, std::vector<char>& buffer) {
    gateway::DataWriter writer;
    std::string_view rest = message;
    while (!rest.empty()) rest.remove_prefix(writer.write(rest, buffer).read);
    base::ensure(!writer.finish().empty(), "the message was written");
}

}  // namespace

int main() {
    const struct {
        std::string_view name;
        std::string line;
    } kinds[] = {
        {"base64, lines of 76", std::string(76, 'A') + "\r\n"},
        {"text, lines of 40", std::string(40, 'a') + "\r\n"},
        {"lines of 998", std::string(998, 'a') + "\r\n"},
        {"empty lines", "\r\n"},
        {"dots at every line", ".." + std::string(38, 'a') + "\r\n"},
    };
    fmt::print("{:24} {:>12} {:>12}\n", "message", "read MB/s", "write MB/s");
    for (const auto& [name, line] : kinds) {
        const std::string message = lines_of(line);
        const std::string wire = written(message);
        std::vector<char> buffer(piece_bytes);
        const double reading = best_rate(wire.size(), [&] { read(wire, message.size()); });
        const double writing = best_rate(message.size(), [&] { write(message, buffer); });
        fmt::print("{:24} {:12.0f} {:12.0f}\n", name, reading, writing);
    }
    // Refused mail that is only read to its end must not cost more than others.
    for (const auto& [name, bytes] :
         {std::pair("bare CR only", '\r'), std::pair("bare LF only", '\n')}) {
        const std::string wire(message_bytes, bytes);
        const double reading = best_rate(wire.size(), [&] {
            gateway::DataReader reader;
            std::string piece;
            for (std::size_t at = 0; at < wire.size(); at += piece_bytes)
                reader.feed(std::string_view(wire).substr(at, piece_bytes), piece);
            base::ensure(reader.has_bad_line_ends(), "the message is spoilt");
        });
        fmt::print("{:24} {:12.0f} {:>12}\n", name, reading, "-");
    }
    return 0;
}
