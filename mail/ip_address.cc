#include "mail/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// `bytes` with everything behind the first `bits` bits cleared.
std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> bytes, int bits) {
    for (int i = 0; i < 16; ++i) {
        const int kept = std::clamp(bits - 8 * i, 0, 8);
        const int mask = (0xff << (8 - kept)) & 0xff;
        bytes[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(mask);
    }
    return bytes;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string zero_ended(text);
    IpAddress result;
    // inet_pton stops at a NUL, so it must not see one in the middle.
    if (text.find('\0') == std::string_view::npos) {
        if (inet_pton(AF_INET, zero_ended.c_str(), result.bytes_.data()) == 1) return result;
        if (inet_pton(AF_INET6, zero_ended.c_str(), result.bytes_.data()) == 1) {
            const auto& bytes = result.bytes_;
            result.is_v4_ = std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
            if (result.is_v4_) {
                std::copy(bytes.begin() + 12, bytes.end(), result.bytes_.begin());
                std::fill(result.bytes_.begin() + 4, result.bytes_.end(), std::uint8_t(0));
            }
            return result;
        }
    }
    return failure(ErrorKind::invalid, "not an IP address: \"{}\"", text.substr(0, 64));
}

std::string_view IpAddress::bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), is_v4_ ? std::size_t(4) : bytes_.size()};
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    return buffer.data();
}

IpAddress IpAddress::prefix(int bits) const {
    IpAddress result = *this;
    result.bytes_ = masked(bytes_, bits);
    return result;
}

IpAddress IpAddress::counted_as() const {
    return is_v4_ ? *this : prefix(64);
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return failure(address.error());
    const int bits_max = address->is_v4() ? 32 : 128;
    IpNetwork result;
    result.address_ = *address;
    result.prefix_bits_ = bits_max;
    if (slash == std::string_view::npos) return result;

    const std::string_view number = text.substr(slash + 1);
    int bits = -1;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), bits);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == number.data() + number.size();
    // "::ffff:192.0.2.0/120" is 192.0.2.0/24.
    const bool mapped = address->is_v4() && text.find(':') != std::string_view::npos;
    if (mapped) bits -= 96;
    if (!whole || bits < 0 || bits > bits_max)
        return failure(
            ErrorKind::invalid, "not a network like 192.0.2.0/24: \"{}\"", text.substr(0, 64)
        );
    result.prefix_bits_ = bits;
    if (address->prefix(bits) != *address)
        return failure(
            ErrorKind::invalid,
            "\"{}\" has bits set behind its prefix, did you mean {}/{}?",
            text.substr(0, 64),
            address->prefix(bits).text(),
            bits
        );
    return result;
}

bool IpNetwork::contains(const IpAddress& address) const {
    return address.is_v4() == address_.is_v4() && address.prefix(prefix_bits_) == address_;
}

std::string IpNetwork::text() const {
    const int bits_max = address_.is_v4() ? 32 : 128;
    if (prefix_bits_ == bits_max) return address_.text();
    return address_.text() + "/" + std::to_string(prefix_bits_);
}

}  // namespace mail
