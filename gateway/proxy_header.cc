#include "gateway/proxy_header.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace gateway {

namespace {

// The HAProxy PROXY protocol specification, §2.1 and §2.2.
constexpr std::string_view v1_signature = "PROXY ";
constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v1_bytes_max = 107;  // with CRLF
constexpr std::size_t v2_header_bytes = 16;
constexpr std::size_t v2_rest_bytes_max = 2048;

unsigned byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

unsigned number_at(std::string_view bytes, std::size_t index) {
    return byte_at(bytes, index) << 8U | byte_at(bytes, index + 1);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (error != std::errc() || end != text.data() + text.size() || leading_zero) return {};
    return port;
}

std::string v4_text(std::string_view bytes) {
    return fmt::format(
        "{}.{}.{}.{}", byte_at(bytes, 0), byte_at(bytes, 1), byte_at(bytes, 2), byte_at(bytes, 3)
    );
}

std::string v6_text(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < 16; i += 2)
        text += fmt::format("{}{:x}", i == 0 ? "" : ":", number_at(bytes, i));
    return text;
}

// The five words behind "PROXY", each separated by exactly one space.
std::optional<std::array<std::string_view, 5>> five_words(std::string_view text) {
    std::array<std::string_view, 5> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t space = i + 1 == words.size() ? text.size() : text.find(' ');
        if (space == std::string_view::npos) return {};
        words[i] = text.substr(0, space);
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    return words;
}

}  // namespace

std::size_t ProxyHeader::feed(std::string_view in) {
    std::size_t used = 0;
    while (used < in.size() && state_ == State::incomplete) {
        bytes_ += in[used++];
        step();
    }
    return used;
}

void ProxyHeader::refuse(std::string problem) {
    state_ = State::invalid;
    problem_ = std::move(problem);
}

void ProxyHeader::step() {
    const std::string_view bytes = bytes_;
    if (v2_signature.starts_with(bytes.substr(0, v2_signature.size()))) {
        if (bytes.size() < v2_header_bytes) return;
        const std::size_t rest = number_at(bytes, 14);
        if (rest > v2_rest_bytes_max) return refuse("PROXY header is too long");
        if (bytes.size() == v2_header_bytes + rest) read_v2();
    } else if (v1_signature.starts_with(bytes.substr(0, v1_signature.size()))) {
        if (bytes.ends_with('\n'))
            read_v1();
        else if (bytes.size() >= v1_bytes_max)
            refuse("PROXY line is too long");
    } else {
        refuse("the connection does not start with a PROXY header");
    }
}

void ProxyHeader::read_v1() {
    std::string_view line = bytes_;
    if (!line.ends_with("\r\n")) return refuse("PROXY line does not end with CRLF");
    line.remove_prefix(v1_signature.size());
    line.remove_suffix(2);
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {
        state_ = State::complete;
        return;
    }
    const auto words = five_words(line);
    if (!words) return refuse("PROXY line has too few words");
    const auto& [family, source, destination, source_port, destination_port] = *words;
    if (family != "TCP4" && family != "TCP6") return refuse("PROXY line names no known protocol");
    const auto from = mail::IpAddress::parse(source);
    const auto to = mail::IpAddress::parse(destination);
    const auto port = port_of(source_port);
    if (!from || !to || !port || !port_of(destination_port))
        return refuse("PROXY line has a bad address or port");
    const bool is_v6 = family == "TCP6";
    if (is_v6 != (source.find(':') != std::string_view::npos))
        return refuse("PROXY line's address is not of its family");
    client_ = Peer{*from, *port};
    state_ = State::complete;
}

void ProxyHeader::read_v2() {
    const std::string_view bytes = bytes_;
    const unsigned version = byte_at(bytes, 12) >> 4U;
    const unsigned command = byte_at(bytes, 12) & 0xfU;
    const unsigned family = byte_at(bytes, 13);
    const std::string_view rest = bytes.substr(v2_header_bytes);
    if (version != 2 || command > 1) return refuse("PROXY header of an unknown version or command");
    constexpr unsigned unspecified = 0x00;
    constexpr unsigned tcp4 = 0x11;
    constexpr unsigned tcp6 = 0x21;
    if (command == 0 || family == unspecified) {  // LOCAL: nothing behind is looked at
        state_ = State::complete;
        return;
    }
    if (family != tcp4 && family != tcp6) return refuse("PROXY header is not for TCP over IP");
    const std::size_t address_bytes = family == tcp4 ? 4 : 16;
    if (rest.size() < 2 * address_bytes + 4) return refuse("PROXY header is too short");
    const auto address = mail::IpAddress::parse(family == tcp4 ? v4_text(rest) : v6_text(rest));
    if (!address) return refuse("PROXY header has a bad address");
    client_ = Peer{*address, static_cast<std::uint16_t>(number_at(rest, 2 * address_bytes))};
    state_ = State::complete;
}

}  // namespace gateway
