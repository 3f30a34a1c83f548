#include "base/random.h"

#include "base/ensure.h"

#include <openssl/rand.h>

#include <array>

namespace base {

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    ensure(
        RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
        "the system gives no random bytes"
    );
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

std::string random_id(Random& random) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    std::string id;
    id.reserve(26);
    unsigned buffer = 0;
    int bits = 0;
    for (const auto byte : bytes) {
        buffer = (buffer << 8U) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            id += alphabet[(buffer >> static_cast<unsigned>(bits)) & 31U];
        }
    }
    id += alphabet[(buffer << static_cast<unsigned>(5 - bits)) & 31U];
    return id;
}

std::uint64_t random_below(Random& random, std::uint64_t below) {
    ensure(below > 0, "random_below(0)");
    // Values past the last whole multiple of `below` would favour the small results.
    const std::uint64_t limit = UINT64_MAX - (UINT64_MAX % below);
    while (true) {
        std::array<std::uint8_t, 8> bytes{};
        random.fill(bytes);
        std::uint64_t value = 0;
        for (const auto byte : bytes) value = (value << 8U) | byte;
        if (value < limit) return value % below;
    }
}

}  // namespace base
