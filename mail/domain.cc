#include "mail/domain.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/ip_address.h"

#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::size_t domain_bytes_max = 255;  // RFC 5321 §4.5.3.1.2
constexpr std::size_t label_bytes_max = 63;    // RFC 1035 §2.3.4

struct FreeIdn {
    void operator()(char* text) const { idn2_free(text); }
};
using IdnText = std::unique_ptr<char, FreeIdn>;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
}

Result<void> check_label(std::string_view label) {
    if (label.empty()) return failure(ErrorKind::invalid, "a domain has an empty label");
    if (label.size() > label_bytes_max)
        return failure(ErrorKind::invalid, "a domain label is longer than 63 bytes");
    if (label.front() == '-' || label.back() == '-')
        return failure(ErrorKind::invalid, "a domain label begins or ends with a hyphen");
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
        // Deliberately not RFC 5321 §4.1.2: real senders have underscores in their names.
        return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_';
    });
    if (!plain) return failure(ErrorKind::invalid, "a domain has a character that cannot be there");
    return {};
}

// `text` is ASCII and lower-case.
Result<void> check_domain(std::string_view text) {
    if (text.empty()) return failure(ErrorKind::invalid, "the domain is empty");
    if (text.size() > domain_bytes_max)
        return failure(ErrorKind::invalid, "the domain is longer than 255 bytes");
    while (true) {
        const auto dot = text.find('.');
        if (auto checked = check_label(text.substr(0, dot)); !checked) return checked;
        if (dot == std::string_view::npos) return {};
        text.remove_prefix(dot + 1);
    }
}

// RFC 5891 §4 with the mapping of UTS #46, non-transitional, so that "ß" stays what it is.
Result<std::string> to_a_labels(std::string_view text) {
    if (!base::is_utf8(text)) return failure(ErrorKind::invalid, "the domain is not UTF-8");
    // idn2 reads to the first NUL; a domain with one must not become a shorter domain.
    if (text.find('\0') != std::string_view::npos)
        return failure(ErrorKind::invalid, "a domain has a character that cannot be there");
    const std::string input(text);
    std::uint8_t* output = nullptr;
    const int status = idn2_lookup_u8(
        reinterpret_cast<const std::uint8_t*>(input.c_str()),
        &output,
        IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL
    );
    const IdnText owned(reinterpret_cast<char*>(output));
    if (status != IDN2_OK)
        return failure(
            ErrorKind::invalid, "not an internationalised domain: {}", idn2_strerror(status)
        );
    return base::lower(owned.get());
}

// A label as people read it, only if it leads back to the same label.
std::string unicode_label(std::string_view label) {
    std::string plain(label);
    if (!label.starts_with("xn--")) return plain;
    char* output = nullptr;
    if (idn2_to_unicode_8z8z(plain.c_str(), &output, 0) != IDN2_OK) return plain;
    const IdnText owned(output);
    const auto back = to_a_labels(owned.get());
    return back && *back == plain ? std::string(owned.get()) : plain;
}

}  // namespace

Result<Domain> Domain::parse(std::string_view text) {
    if (text.size() > 4 * domain_bytes_max)
        return failure(ErrorKind::invalid, "the domain is longer than 255 bytes");
    std::string labels;
    if (is_ascii(text)) {
        labels = base::lower(text);
    } else {
        auto converted = to_a_labels(text);
        if (!converted) return failure(std::move(converted.error()));
        labels = std::move(*converted);
    }
    if (labels.size() > 1 && labels.back() == '.') labels.pop_back();
    if (auto checked = check_domain(labels); !checked) return failure(std::move(checked.error()));
    return Domain(std::move(labels));
}

Result<Domain> Domain::parse_with_literal(std::string_view text) {
    if (text.empty() || text.front() != '[') return parse(text);
    if (text.size() < 2 || text.back() != ']')
        return failure(ErrorKind::invalid, "an address literal lacks its closing bracket");
    const std::string_view inside = text.substr(1, text.size() - 2);
    constexpr std::string_view tag = "ipv6:";
    const bool tagged = base::starts_with_ignoring_case(inside, tag);
    const std::string_view number = tagged ? inside.substr(tag.size()) : inside;
    const auto address = IpAddress::parse(number);
    // RFC 5321 §4.1.3: IPv6 needs its tag, IPv4 has none; other kinds nobody uses.
    const bool has_colon = number.find(':') != std::string_view::npos;
    if (!address || tagged != has_colon)
        return failure(
            ErrorKind::invalid, "an address literal is not like [192.0.2.1] or [IPv6:2001:db8::1]"
        );
    if (address->is_v4()) return Domain("[" + address->text() + "]");
    return Domain("[ipv6:" + address->text() + "]");
}

std::string Domain::unicode() const {
    if (is_literal()) return text_;
    std::string result;
    std::string_view rest = text_;
    while (true) {
        const auto dot = rest.find('.');
        result += unicode_label(rest.substr(0, dot));
        if (dot == std::string_view::npos) break;
        result += '.';
        rest.remove_prefix(dot + 1);
    }
    // Labels that are right alone can be wrong together (RFC 5893 §2, right-to-left names).
    const auto back = parse(result);
    return back && *back == *this ? result : text_;
}

bool Domain::is_within(const Domain& parent) const {
    if (text_ == parent.text_) return true;
    if (is_literal() || parent.is_literal()) return false;
    return text_.size() > parent.text_.size() && text_.ends_with(parent.text_) &&
           text_[text_.size() - parent.text_.size() - 1] == '.';
}

std::optional<Domain> Domain::parent() const {
    const auto dot = text_.find('.');
    if (is_literal() || dot == std::string::npos) return std::nullopt;
    return Domain(text_.substr(dot + 1));
}

bool Domain::is_public_suffix() const {
    if (is_literal()) return false;
    const psl_ctx_t* suffixes = psl_builtin();
    base::ensure(suffixes != nullptr, "libpsl was built without its list");
    return psl_is_public_suffix(suffixes, text_.c_str()) == 1;
}

bool Domain::has_known_suffix() const {
    if (is_literal()) return false;
    const std::string top = text_.substr(text_.rfind('.') + 1);
    if (top == "test" || top == "example" || top == "invalid" || top == "localhost") return true;
    const psl_ctx_t* suffixes = psl_builtin();
    base::ensure(suffixes != nullptr, "libpsl was built without its list");
    return psl_is_public_suffix2(suffixes, top.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

}  // namespace mail
