// Room: gateway
// Covers: gateway/line_reader.cc
#include "base/ensure.h"
#include "gateway/line_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Kind = gateway::LineReader::Event::Kind;

// Every line that is given; "!" and a word for the rest. Bytes arrive `piece` at a time.
std::vector<std::string> read(std::string_view input, std::size_t piece) {
    gateway::LineReader reader(40, 64);
    std::vector<std::string> events;
    while (!input.empty()) {
        const auto space = reader.space();
        base::ensure(!space.empty(), "there is always room");
        const std::size_t size = std::min({piece, input.size(), space.size()});
        std::memcpy(space.data(), input.data(), size);
        reader.received(size);
        input.remove_prefix(size);
        for (auto event = reader.next(); event.kind != Kind::incomplete; event = reader.next()) {
            if (event.kind == Kind::broken) {
                events.emplace_back("!broken");
                return events;
            }
            const bool clean = event.line.find('\r') == std::string_view::npos &&
                               event.line.find('\n') == std::string_view::npos &&
                               event.line.find('\0') == std::string_view::npos;
            base::ensure(clean && event.line.size() <= 38, "a line is clean and bounded");
            events.emplace_back(event.kind == Kind::line ? std::string(event.line) : "!long");
        }
    }
    return events;
}

}  // namespace

// Wherever the bytes are cut, the lines are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(input, 64);
    base::ensure(read(input, 1) == whole, "the same byte by byte");
    base::ensure(read(input, 1 + data[0] % 63U) == whole, "the same in pieces");
    return 0;
}
