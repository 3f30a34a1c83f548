#include "portal/query.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace portal {

namespace {

int hex_value(char c) {
    if (base::is_digit(c)) return c - '0';
    const char low = base::to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

base::Result<std::string> decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at] == '+' ? ' ' : text[at];
        if (text[at] == '%') {
            const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
            const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
            if (high < 0 || low < 0) {
                return base::failure(base::ErrorKind::invalid, "A parameter is badly escaped.");
            }
            c = static_cast<char>(high * 16 + low);
            at += 2;
        }
        decoded.push_back(c);
    }
    if (decoded.find('\0') != decoded.npos || !base::is_utf8(decoded)) {
        return base::failure(base::ErrorKind::invalid, "A parameter is not text in UTF-8.");
    }
    return decoded;
}

}  // namespace

base::Result<Query> Query::parse(std::string_view text) {
    Query query;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decode(pair.substr(0, equals));
        if (!name) return base::failure(name.error());
        auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
        if (!value) return base::failure(value.error());
        const bool twice =
            std::any_of(query.parameters_.begin(), query.parameters_.end(), [&](const auto& other) {
                return other.first == *name;
            });
        if (twice || query.parameters_.size() >= parameters_max) {
            return base::failure(
                base::ErrorKind::invalid, "There are too many parameters, or one stands twice."
            );
        }
        query.parameters_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::string_view Query::get(std::string_view name) const {
    for (const auto& [known, value] : parameters_) {
        if (known == name) return value;
    }
    return {};
}

}  // namespace portal
