#include "mail/address.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::size_t local_part_bytes_max = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t address_bytes_max = 254;    // RFC 5321 §4.5.3.1.3, less the angle brackets

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

// RFC 5322 §3.2.3 atext, with RFC 6531 §3.3 UTF8-non-ascii.
bool is_atext(char c) {
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
    return base::is_letter(c) || base::is_digit(c) || is_high(c) ||
           marks.find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

// U+0080 to U+009F are controls that a terminal obeys; RFC 6531 does not name them, but no address
// has them.
bool has_c1_control(std::string_view utf8) {
    for (std::size_t i = 0; i + 1 < utf8.size(); ++i)
        if (utf8[i] == '\xc2' && static_cast<unsigned char>(utf8[i + 1]) < 0xa0) return true;
    return false;
}

std::string quoted_if_needed(std::string_view local_part) {
    if (is_dot_string(local_part)) return std::string(local_part);
    std::string result = "\"";
    for (const char c : local_part) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

struct Split {
    std::string local_part;  // unquoted
    std::string_view domain;
};

// RFC 5321 §4.1.2 Quoted-string; `text` begins with the quote.
Result<Split> split_quoted(std::string_view text) {
    std::string local_part;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (c == '"') {
            if (i + 1 == text.size() || text[i + 1] != '@')
                return failure(ErrorKind::invalid, "after the quoted local part an @ is missing");
            return Split{std::move(local_part), text.substr(i + 2)};
        }
        if (c == '\\') {
            if (++i == text.size()) break;
            c = text[i];
            if (is_high(c)) return failure(ErrorKind::invalid, "the local part has a wrong escape");
        }
        if (base::is_control(c))
            return failure(ErrorKind::invalid, "the local part has a control character");
        local_part += c;
    }
    return failure(ErrorKind::invalid, "the local part lacks its closing quote");
}

Result<Split> split(std::string_view text) {
    if (!text.empty() && text.front() == '"') return split_quoted(text);
    const auto at = text.find('@');
    if (at == std::string_view::npos) return failure(ErrorKind::invalid, "the address has no @");
    const std::string_view local_part = text.substr(0, at);
    if (local_part.empty())
        return failure(ErrorKind::invalid, "the address has nothing in front of the @");
    if (!is_dot_string(local_part))
        return failure(
            ErrorKind::invalid, "the local part has a character or dot that needs quotes"
        );
    return Split{std::string(local_part), text.substr(at + 1)};
}

}  // namespace

Address::Address(std::string local_part, Domain domain)
    : local_part_(std::move(local_part)), domain_(std::move(domain)) {
    key_ = base::lower(quoted_if_needed(local_part_)) + "@" + domain_.text();
}

Result<Address> Address::parse(std::string_view text) {
    // A quoted pair doubles a byte and a U-label may shrink; four times is out of every reach.
    if (text.size() > 4 * address_bytes_max)
        return failure(ErrorKind::invalid, "the address is longer than 254 bytes");
    auto parts = split(text);
    if (!parts) return failure(std::move(parts.error()));
    if (!base::is_utf8(parts->local_part) || has_c1_control(parts->local_part))
        return failure(ErrorKind::invalid, "the local part is not UTF-8 text");
    if (quoted_if_needed(parts->local_part).size() > local_part_bytes_max)
        return failure(ErrorKind::invalid, "the local part is longer than 64 bytes");
    auto domain = Domain::parse_with_literal(parts->domain);
    if (!domain) return failure(std::move(domain.error()));
    Address address(std::move(parts->local_part), std::move(*domain));
    if (address.key_.size() > address_bytes_max)
        return failure(ErrorKind::invalid, "the address is longer than 254 bytes");
    return address;
}

std::string Address::text() const {
    return quoted_if_needed(local_part_) + "@" + domain_.text();
}

std::string Address::display() const {
    return quoted_if_needed(local_part_) + "@" + domain_.unicode();
}

bool Address::is_ascii() const {
    return std::none_of(local_part_.begin(), local_part_.end(), is_high);
}

bool Address::has_routing_characters() const {
    return local_part_.find_first_of("%!@") != std::string::npos;
}

}  // namespace mail
