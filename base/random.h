#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace base {

// Random bytes as a parameter, so that a test can repeat them.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The operating system's generator; for ids, tokens and salts. Thread-safe.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
};

// Repeatable, for tests only: never for anything that must not be guessed. Not thread-safe.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    std::mt19937_64 engine_;
};

// 128 random bits as 26 characters of a-z2-7: an id or token that cannot be guessed and can be
// read aloud, put in a URL and selected with a double click.
std::string random_id(Random& random);

// Uniform in [0, below); `below` > 0.
std::uint64_t random_below(Random& random, std::uint64_t below);

}  // namespace base
