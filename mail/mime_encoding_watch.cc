#include "mail/mime_encoding_watch.h"

#include "base/ascii.h"

#include <array>

namespace mail {
namespace {

enum class Kind : std::uint8_t { other, letter, padding, space };

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const char c = static_cast<char>(i);
        if (base::is_letter(c) || base::is_digit(c) || c == '+' || c == '/')
            table[i] = Kind::letter;
        else if (c == '=')
            table[i] = Kind::padding;
        else if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
            table[i] = Kind::space;
    }
    return table;
}();

bool is_hex(char c) {
    const char lower = base::to_lower(c);
    return base::is_digit(c) || (lower >= 'a' && lower <= 'f');
}

}  // namespace

void EncodingWatch::add(std::string_view encoded) {
    if (broken_) return;
    if (encoding_ == TransferEncoding::base64)
        add_base64(encoded);
    else if (encoding_ == TransferEncoding::quoted_printable)
        add_quoted_printable(encoded);
}

void EncodingWatch::add_base64(std::string_view encoded) {
    for (const char c : encoded) {
        switch (kinds[static_cast<unsigned char>(c)]) {
            case Kind::letter:
                // Some go on after padding, some stop there.
                if (padding_ > 0) broken_ = true;
                ++letters_;
                break;
            case Kind::padding:
                if (++padding_ > 2) broken_ = true;
                break;
            case Kind::space:
                break;
            case Kind::other:
                broken_ = true;
                break;
        }
    }
}

void EncodingWatch::add_quoted_printable(std::string_view encoded) {
    while (!encoded.empty()) {
        if (escape_ == Escape::none) {
            const auto equals = encoded.find('=');
            if (equals == std::string_view::npos) return;
            escape_ = Escape::begun;
            encoded.remove_prefix(equals + 1);
            continue;
        }
        after_equals(encoded.front());
        encoded.remove_prefix(1);
    }
}

void EncodingWatch::after_equals(char c) {
    const auto go_on = [&](bool good, Escape next) {
        broken_ = broken_ || !good;
        escape_ = next;
    };
    switch (escape_) {
        case Escape::none:
            return;
        case Escape::begun:
            if (is_hex(c)) return go_on(true, Escape::digit);
            [[fallthrough]];
        case Escape::blanks:
            if (c == ' ' || c == '\t') return go_on(true, Escape::blanks);
            return go_on(c == '\r', Escape::cr);
        case Escape::digit:
            return go_on(is_hex(c), Escape::none);
        case Escape::cr:
            return go_on(c == '\n', Escape::none);
    }
}

bool EncodingWatch::is_broken() const {
    if (encoding_ == TransferEncoding::base64)
        return broken_ || (letters_ + static_cast<std::uint64_t>(padding_)) % 4 != 0;
    return broken_ || escape_ != Escape::none;
}

}  // namespace mail
