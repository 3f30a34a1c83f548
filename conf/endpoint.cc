#include "conf/endpoint.h"

#include "base/ascii.h"
#include "mail/domain.h"
#include "mail/ip_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace conf {

namespace {

using base::ErrorKind;
using base::failure;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const std::string digits(text);
    const char* end = digits.data() + digits.size();
    std::uint16_t port = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || stop != end || digits.empty()) return std::nullopt;
    return port;
}

struct HostAndPort {
    std::string_view host;  // without brackets
    std::string_view port;
    bool has_brackets = false;
};

// Errors name the one thing that is wrong; the port is mandatory.
base::Result<HostAndPort> split(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return failure(ErrorKind::invalid, "the bracket \"[\" is never closed");
        const std::string_view rest = text.substr(close + 1);
        if (!rest.starts_with(':'))
            return failure(ErrorKind::invalid, "the port is missing; write \"{}:25\"", text);
        return HostAndPort{text.substr(1, close - 1), rest.substr(1), true};
    }
    if (std::count(text.begin(), text.end(), ':') > 1)
        return failure(
            ErrorKind::invalid, "an IPv6 address stands in brackets; write for example \"[::1]:25\""
        );
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return failure(ErrorKind::invalid, "the port is missing; write \"{}:25\"", text);
    return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

base::Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return failure(parts.error());
    const auto port = parse_port(parts->port);
    if (!port)
        return failure(
            ErrorKind::invalid, "\"{}\" is no port; write a number from 1 to 65535", parts->port
        );
    if (const auto address = mail::IpAddress::parse(parts->host)) {
        if (address->is_v4() && parts->has_brackets)
            return failure(ErrorKind::invalid, "an IPv4 address stands without brackets");
        return Endpoint{address->text(), *port};
    }
    if (parts->has_brackets)
        return failure(ErrorKind::invalid, "\"{}\" is not an IPv6 address", parts->host);
    return Endpoint{std::string(parts->host), *port};
}

// What looks like an address and is none must not be looked up as a name.
bool is_like_address(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return base::is_digit(c) || c == '.';
    });
}

base::Result<std::string> parse_host_name(std::string_view host) {
    if (is_like_address(host))
        return failure(ErrorKind::invalid, "\"{}\" is neither an IP address nor a name", host);
    auto domain = mail::Domain::parse(host);
    if (!domain) return failure(domain.error());
    return domain->text();
}

}  // namespace

base::Result<Endpoint> parse_listening(std::string_view text) {
    auto endpoint = parse_endpoint(text);
    if (!endpoint) return endpoint;
    if (!mail::IpAddress::parse(endpoint->host))
        return failure(
            ErrorKind::invalid,
            "\"{}\" is not an IP address; write \"0.0.0.0:{}\" for every IPv4 address of this "
            "machine, or one of its addresses",
            endpoint->host,
            endpoint->port
        );
    return endpoint;
}

base::Result<Endpoint> parse_destination(std::string_view text) {
    auto endpoint = parse_endpoint(text);
    if (!endpoint) return endpoint;
    if (endpoint->port == 0)
        return failure(
            ErrorKind::invalid, "nothing can be reached at port 0; write a number from 1 to 65535"
        );
    if (mail::IpAddress::parse(endpoint->host)) return endpoint;
    auto name = parse_host_name(endpoint->host);
    if (!name) return failure(name.error());
    endpoint->host = std::move(*name);
    return endpoint;
}

base::Result<std::string> parse_host(std::string_view text) {
    std::string_view name = text;
    std::string port;
    const bool has_port =
        text.starts_with('[') ? !text.ends_with(']') : text.find(':') != std::string_view::npos;
    if (has_port) {
        const auto parts = split(text);
        if (!parts) return failure(parts.error());
        const auto number = parse_port(parts->port);
        if (!number || *number == 0)
            return failure(
                ErrorKind::invalid, "\"{}\" is no port; write a number from 1 to 65535", parts->port
            );
        port = fmt::format(":{}", *number);
        name = text.substr(0, text.size() - parts->port.size() - 1);
    }
    if (name.starts_with('[') && name.ends_with(']')) {
        const auto address = mail::IpAddress::parse(name.substr(1, name.size() - 2));
        if (!address || address->is_v4())
            return failure(ErrorKind::invalid, "\"{}\" is not an IPv6 address", name);
        return fmt::format("[{}]{}", address->text(), port);
    }
    if (const auto address = mail::IpAddress::parse(name); address && address->is_v4())
        return address->text() + port;
    auto host = parse_host_name(name);
    if (!host) return host;
    return *host + port;
}

base::Result<std::string> parse_public_url(std::string_view text) {
    const std::string url = base::lower(text);
    std::string_view rest = url;
    std::string_view scheme;
    for (const std::string_view known : {"https://", "http://"})
        if (rest.starts_with(known)) scheme = known;
    if (scheme.empty())
        return failure(
            ErrorKind::invalid,
            "the scheme is missing; write for example \"https://mail.example.net\""
        );
    rest.remove_prefix(scheme.size());
    if (const auto end = rest.find_first_of("/?#@"); end != std::string_view::npos) {
        if (rest[end] == '@')
            return failure(ErrorKind::invalid, "the URL holds a user name; write only the host");
        return failure(
            ErrorKind::invalid,
            "the URL ends behind host and port; write \"{}{}\"",
            scheme,
            rest.substr(0, end)
        );
    }
    const auto host = parse_host(rest);
    if (!host) return failure(host.error());
    return fmt::format("{}{}", scheme, *host);
}

}  // namespace conf
