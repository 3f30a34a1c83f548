#include "mail/path.h"

#include "base/ascii.h"

#include <algorithm>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

// The position of the '>' that ends a path; quotes may hold others. `text` begins behind '<'.
std::size_t end_of_path(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == '>' && !quoted)
            return i;
    }
    return std::string_view::npos;
}

// RFC 5321 §4.1.2 A-d-l ":": "@a.test,@b.test:". RFC 5321 §3.6.1: it is ignored.
Result<std::string_view> without_source_route(std::string_view path) {
    if (path.empty() || path.front() != '@') return path;
    const auto colon = path.find(':');
    if (colon == std::string_view::npos)
        return failure(ErrorKind::invalid, "a source route lacks its colon");
    std::string_view route = path.substr(0, colon);
    while (true) {
        if (route.empty() || route.front() != '@')
            return failure(ErrorKind::invalid, "a source route is not like @a.test,@b.test:");
        const auto comma = route.find(',');
        if (auto hop =
                Domain::parse(route.substr(1, comma == std::string_view::npos ? comma : comma - 1));
            !hop)
            return failure(hop.error(), "in a source route");
        if (comma == std::string_view::npos) return path.substr(colon + 1);
        route.remove_prefix(comma + 1);
    }
}

bool is_keyword(std::string_view text) {
    if (text.empty() || text.front() == '-') return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '-';
    });
}

// RFC 5321 §4.1.2 esmtp-value, with RFC 6531 §3.3 non-ASCII.
bool is_value(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '=' && c != 0x7f;
    });
}

Result<Parameter> parse_parameter(std::string_view text) {
    const auto equals = text.find('=');
    const std::string_view keyword = text.substr(0, equals);
    if (!is_keyword(keyword)) return failure(ErrorKind::invalid, "a parameter has no keyword");
    Parameter result{std::string(keyword), {}};
    for (char& c : result.keyword)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (equals == std::string_view::npos) return result;
    result.value = text.substr(equals + 1);
    if (!is_value(result.value))
        return failure(ErrorKind::invalid, "parameter {} has a wrong value", result.keyword);
    return result;
}

Result<std::vector<Parameter>> parse_parameters(std::string_view text) {
    std::vector<Parameter> result;
    if (!text.empty() && text.front() != ' ')
        return failure(ErrorKind::invalid, "a space is missing behind the path");
    while (true) {
        const auto first = text.find_first_not_of(' ');
        if (first == std::string_view::npos) return result;
        text.remove_prefix(first);
        const auto end = std::min(text.find(' '), text.size());
        auto parameter = parse_parameter(text.substr(0, end));
        if (!parameter) return failure(std::move(parameter.error()));
        for (const auto& earlier : result)
            if (earlier.keyword == parameter->keyword)
                return failure(
                    ErrorKind::invalid, "parameter {} is given twice", parameter->keyword
                );
        result.push_back(std::move(*parameter));
        text.remove_prefix(end);
    }
}

constexpr int upper_hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Result<Path> parse_path(std::string_view text, const Domain* postmaster_domain) {
    // Deliberately not RFC 5321 §3.3: a space in front of the path is in use and harms nobody.
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty() || text.front() != '<')
        return failure(ErrorKind::invalid, "the address must stand in angle brackets");
    text.remove_prefix(1);
    const auto end = end_of_path(text);
    if (end == std::string_view::npos)
        return failure(ErrorKind::invalid, "the closing angle bracket is missing");
    auto parameters = parse_parameters(text.substr(end + 1));
    if (!parameters) return failure(std::move(parameters.error()));

    Path result;
    result.parameters = std::move(*parameters);
    const std::string_view inside = text.substr(0, end);
    if (inside.empty()) return result;
    // RFC 5321 §4.5.1: "<postmaster>" without a domain is the postmaster of this host.
    if (postmaster_domain != nullptr && base::equals_ignoring_case(inside, "postmaster")) {
        auto postmaster = Address::parse(std::string(inside) + "@" + postmaster_domain->text());
        if (!postmaster) return failure(std::move(postmaster.error()));
        result.sender = std::move(*postmaster);
        return result;
    }
    const auto mailbox = without_source_route(inside);
    if (!mailbox) return failure(mailbox.error());
    auto address = Address::parse(*mailbox);
    if (!address) return failure(std::move(address.error()));
    result.sender = std::move(*address);
    return result;
}

Result<std::string> decode_xtext(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+') {
            const int high = i + 2 < text.size() ? upper_hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? upper_hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return failure(ErrorKind::invalid, "xtext has a wrong escape");
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (static_cast<unsigned char>(c) <= ' ' || c == '=' || c == 0x7f) {
            return failure(ErrorKind::invalid, "xtext has a character that must be escaped");
        }
        // RFC 3461 §4.4: what is encoded is printable.
        if (base::is_control(c))
            return failure(ErrorKind::invalid, "xtext hides a control character");
        result += c;
    }
    return result;
}

std::string encode_xtext(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte < 0x7f && c != '+' && c != '=')
            result += c;
        else
            result += fmt::format("+{:02X}", byte);
    }
    return result;
}

}  // namespace mail
