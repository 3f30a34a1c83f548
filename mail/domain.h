#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace mail {

// A mail domain as lower-case A-labels ("xn--bcher-kva.example"), or an address literal
// ("[192.0.2.1]", "[ipv6:2001:db8::1]"). It says nothing about whether the domain exists.
class Domain {
  public:
    // Accepts A-labels and U-labels (IDNA 2008), one trailing dot removed; at most 255 bytes,
    // labels of 1-63 (RFC 5321 §4.1.2, RFC 5891). Underscores are accepted in labels because real
    // senders have them. Error: invalid, with a reason a person understands.
    static base::Result<Domain> parse(std::string_view text);
    // As parse(), and also "[…]" literals (RFC 5321 §4.1.3).
    static base::Result<Domain> parse_with_literal(std::string_view text);

    const std::string& text() const { return text_; }
    std::string unicode() const;  // for people; A-labels that do not convert stay as they are
    bool is_literal() const { return text_.front() == '['; }

    // True for the domain itself and for every subdomain of it.
    bool is_within(const Domain& parent) const;
    // "a.b.c" -> "b.c" -> "c" -> none. Literals have no parent.
    std::optional<Domain> parent() const;
    // A public suffix such as "com" or "co.uk": nobody's own domain (publicsuffix.org through
    // libpsl).
    bool is_public_suffix() const;
    // Ends in a top-level domain that is listed there, or in one that is set aside for tests and
    // documentation (RFC 2606 §2): "report.pdf" does not.
    bool has_known_suffix() const;

    auto operator<=>(const Domain&) const = default;

  private:
    explicit Domain(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace mail
