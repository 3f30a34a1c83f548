#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mail {

// An IPv4 or IPv6 address. IPv4-mapped IPv6 ("::ffff:192.0.2.1") becomes IPv4.
class IpAddress {
  public:
    IpAddress() = default;  // 0.0.0.0
    static base::Result<IpAddress> parse(std::string_view text);

    bool is_v4() const { return is_v4_; }
    // 4 or 16 bytes in network order.
    std::string_view bytes() const;
    std::string text() const;
    // For counting connections: the address itself for IPv4, its /64 for IPv6.
    IpAddress counted_as() const;
    // With every bit behind the first `bits` cleared.
    IpAddress prefix(int bits) const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    bool is_v4_ = true;
    std::array<std::uint8_t, 16> bytes_{};
};

// "192.0.2.0/24", "2001:db8::/32" or a single address.
class IpNetwork {
  public:
    // Error: invalid, also when host bits are set ("did you mean 192.0.2.0/24?").
    static base::Result<IpNetwork> parse(std::string_view text);
    bool contains(const IpAddress& address) const;
    std::string text() const;

  private:
    IpAddress address_;
    int prefix_bits_ = 0;
};

}  // namespace mail
