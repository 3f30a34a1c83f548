#include "portal/web_address.h"

#include "base/ascii.h"
#include "mail/domain.h"
#include "mail/ip_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace portal {

namespace {

constexpr std::size_t url_bytes_read_max = 8192;
constexpr std::size_t host_bytes_max = 1024;

bool is_space_or_control(char c) {
    return static_cast<unsigned char>(c) <= 0x20;
}

// What a browser does before it reads an address: ends trimmed, tabs and line ends taken out.
std::string as_browsers_read(std::string_view url) {
    url = url.substr(0, url_bytes_read_max);
    while (!url.empty() && is_space_or_control(url.front())) url.remove_prefix(1);
    while (!url.empty() && is_space_or_control(url.back())) url.remove_suffix(1);
    std::string clean;
    for (const char c : url)
        if (c != '\t' && c != '\n' && c != '\r') clean += c;
    return clean;
}

// RFC 3986 §3.1; "" when it begins with none.
std::string scheme_of(std::string_view url) {
    const std::size_t colon = url.find(':');
    if (colon == url.npos || colon == 0 || !base::is_letter(url.front())) return {};
    const std::string_view scheme = url.substr(0, colon);
    const bool is_scheme = std::ranges::all_of(scheme, [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    return is_scheme ? base::lower(scheme) : std::string();
}

int hex_digit(char c) {
    if (base::is_digit(c)) return c - '0';
    const char low = base::to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (is_escape) {
            decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

// One number of an IPv4 host: decimal, octal behind "0", hexadecimal behind "0x".
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    int radix = 10;
    if (base::starts_with_ignoring_case(text, "0x")) {
        radix = 16;
        text.remove_prefix(2);
        if (text.empty()) return 0;
    } else if (text.size() > 1 && text.front() == '0') {
        radix = 8;
        text.remove_prefix(1);
    }
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, radix);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> labels_of(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::vector<std::string_view> labels;
    for (;;) {
        const std::size_t dot = std::min(host.find('.'), host.size());
        labels.push_back(host.substr(0, dot));
        if (dot == host.size()) return labels;
        host.remove_prefix(dot + 1);
    }
}

// URL standard, "ends in a number": such a host is an IPv4 address or nothing.
bool ends_in_number(std::string_view host) {
    const std::string_view last = labels_of(host).back();
    const bool digits = !last.empty() && std::ranges::all_of(last, base::is_digit);
    return digits || (base::starts_with_ignoring_case(last, "0x") && ipv4_number(last).has_value());
}

std::optional<std::string> ipv4_of(std::string_view host) {
    const auto labels = labels_of(host);
    if (labels.size() > 4) return std::nullopt;
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto number = ipv4_number(labels[i]);
        if (!number) return std::nullopt;
        const bool is_last = i + 1 == labels.size();
        const std::uint64_t most =
            is_last ? (std::uint64_t{1} << (8 * (5 - labels.size()))) - 1 : 255;
        if (*number > most) return std::nullopt;
        address += is_last ? *number : *number << (8 * (3 - i));
    }
    return fmt::format(
        "{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255
    );
}

bool set_host(WebAddress& address, std::string_view text) {
    if (text.empty() || text.size() > host_bytes_max) return false;
    if (text.front() == '[') {
        const std::size_t end = text.find(']');
        if (end == text.npos) return false;
        const auto literal = mail::IpAddress::parse(text.substr(1, end - 1));
        if (!literal) return false;
        address.host = "[" + literal->text() + "]";
        return true;
    }
    const auto domain = mail::Domain::parse(percent_decoded(text));
    if (!domain) return false;
    if (ends_in_number(domain->text())) {
        auto number = ipv4_of(domain->text());
        if (!number) return false;
        address.host = std::move(*number);
        return true;
    }
    address.host = domain->text();
    if (std::string unicode = domain->unicode(); unicode != address.host)
        address.host_unicode = std::move(unicode);
    return true;
}

// Behind "http:": any number of slashes of either kind, user, host, port.
bool read_authority(WebAddress& address, std::string_view rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
    rest = rest.substr(0, rest.find_first_of("/\\?#"));
    if (const std::size_t at = rest.rfind('@'); at != rest.npos) {
        address.has_user = at > 0;
        rest.remove_prefix(at + 1);
    }
    const std::size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;
    if (bracket == rest.npos) return false;
    return set_host(address, rest.substr(0, rest.find(':', bracket)));
}

bool read_mailbox(WebAddress& address, std::string_view rest) {
    rest = rest.substr(0, rest.find_first_of("?#,"));
    const std::string decoded = percent_decoded(rest);
    const std::size_t at = decoded.rfind('@');
    return at != decoded.npos && set_host(address, std::string_view(decoded).substr(at + 1));
}

// So common as ends of file names that they are not taken for domains.
bool is_file_ending(std::string_view label) {
    static constexpr std::array<std::string_view, 14> endings = {
        "zip", "mov", "md", "py", "sh", "pl", "rs", "ps", "cc", "so", "app", "cab", "bat", "dev"
    };
    return std::ranges::find(endings, label) != endings.end();
}

// "bank.example", perhaps with a path: only what ends in a top-level domain.
std::string bare_domain(std::string_view text) {
    const std::string_view host = text.substr(0, text.find_first_of("/:?#"));
    if (host.find('.') == host.npos || host.find_first_of(" @") != host.npos) return {};
    WebAddress address;
    if (!set_host(address, host)) return {};
    const auto domain = mail::Domain::parse(address.host);
    if (!domain || !domain->has_known_suffix()) return {};
    return is_file_ending(labels_of(address.host).back()) ? std::string() : address.host;
}

std::string registered_domain(std::string_view host) {
    const auto domain = mail::Domain::parse(host);
    if (!domain || ends_in_number(host)) return std::string(host);
    mail::Domain best = *domain;
    for (auto next = best.parent(); next && !next->is_public_suffix(); next = best.parent())
        best = *next;
    return best.text();
}

}  // namespace

std::optional<WebAddress> web_address_of(std::string_view url) {
    const std::string clean = as_browsers_read(url);
    WebAddress address;
    address.scheme = scheme_of(clean);
    if (address.scheme.empty()) return std::nullopt;
    const std::string_view rest = std::string_view(clean).substr(address.scheme.size() + 1);
    const std::string& scheme = address.scheme;
    if (scheme == "http" || scheme == "https" || scheme == "ftp" || scheme == "ws" ||
        scheme == "wss") {
        if (!read_authority(address, rest)) return std::nullopt;
    } else if (scheme == "mailto") {
        if (!read_mailbox(address, rest)) return std::nullopt;
    }
    return address;
}

std::string host_in_text(std::string_view text) {
    const std::string clean = as_browsers_read(text);
    std::string_view word = clean;
    // "Go to https://bank.example now": the address within the words.
    for (const std::string_view mark : {"https://", "http://", "www."}) {
        const auto found =
            std::search(word.begin(), word.end(), mark.begin(), mark.end(), [](char a, char b) {
                return base::to_lower(a) == b;
            });
        if (found == word.end()) continue;
        word.remove_prefix(static_cast<std::size_t>(found - word.begin()));
        word = word.substr(0, word.find_first_of(" <>\"'"));
        const auto address =
            web_address_of(mark == "www." ? "http://" + std::string(word) : std::string(word));
        return address ? address->host : std::string();
    }
    if (word.find(' ') != word.npos) return {};
    if (const std::size_t at = word.rfind('@'); at != word.npos)
        return at == 0 ? std::string() : bare_domain(word.substr(at + 1));
    return bare_domain(word);
}

bool is_same_site(std::string_view host, std::string_view other) {
    return host == other || registered_domain(host) == registered_domain(other);
}

}  // namespace portal
