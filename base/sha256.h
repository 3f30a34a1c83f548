#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256 over bytes that come in pieces. Movable; finish() once, then it is spent.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::string_view bytes);
    Digest finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

Digest sha256(std::string_view bytes);

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
std::string to_hex(const Digest& digest);

// The digest's 32 bytes as a view, for blobs and comparisons.
std::string_view as_bytes(const Digest& digest);

}  // namespace base
