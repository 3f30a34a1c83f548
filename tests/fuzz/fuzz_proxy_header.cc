// Room: gateway
// Covers: gateway/proxy_header.cc
#include "base/ensure.h"
#include "gateway/proxy_header.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Wherever the header is cut it says the same, and it is bounded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    gateway::ProxyHeader whole;
    const std::size_t used = whole.feed(input);
    base::ensure(used <= 16 + 2048, "a header is bounded");
    gateway::ProxyHeader bytewise;
    std::size_t counted = 0;
    for (const char& c : input) counted += bytewise.feed({&c, 1});
    base::ensure(counted == used && bytewise.state() == whole.state(), "the same byte by byte");
    base::ensure(bytewise.client().has_value() == whole.client().has_value(), "the same client");
    if (whole.state() == gateway::ProxyHeader::State::incomplete)
        base::ensure(used == size, "what is incomplete wants more");
    if (whole.client())
        base::ensure(
            whole.client()->address == bytewise.client()->address &&
                whole.client()->port == bytewise.client()->port,
            "the same address"
        );
    return 0;
}
