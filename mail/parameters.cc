#include "mail/parameters.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace mail {
namespace {

constexpr std::size_t parameters_max = 1000;
// RFC 2045 §5.1 token.
bool is_token(std::string_view text) {
    constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return c > ' ' && c < 0x7f && specials.find(c) == std::string_view::npos;
    });
}

class ValueReader {
  public:
    explicit ValueReader(std::string_view text) : text_(text) {}

    MimeValue read() && {
        result_.value = base::lower(piece(";"));
        const auto slash = result_.value.find('/');
        const bool good = slash == std::string::npos
                              ? is_token(result_.value)
                              : is_token(std::string_view(result_.value).substr(0, slash)) &&
                                    is_token(std::string_view(result_.value).substr(slash + 1));
        if (!good) {
            result_.malformed = true;
            result_.value.clear();
        }
        while (at_ < text_.size()) {
            ++at_;  // the semicolon
            parameter();
        }
        return std::move(result_);
    }

  private:
    void parameter() {
        const std::string name = base::lower(piece("=;"));
        if (at_ == text_.size() || text_[at_] == ';') {
            if (!name.empty()) result_.malformed = true;
            return;
        }
        ++at_;  // the equals sign
        std::string value = piece(";");
        if (!is_token(name) || result_.parameters.size() == parameters_max)
            result_.malformed = true;
        else
            result_.parameters.push_back({name, std::move(value)});
    }

    // The text up to one of `ends` outside quotes and comments, trimmed; quotes are taken away.
    std::string piece(std::string_view ends) {
        std::string result;
        bool blank_before = false;  // blanks were passed since the last character
        bool quoted = false;        // something quoted was part of it
        for (; at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos; ++at_) {
            const char c = text_[at_];
            if (c == '(') {
                // Legal, and nobody writes them: many readers take comments for text.
                result_.malformed = true;
                skip_comment();
                blank_before = true;
            } else if (base::is_blank(c)) {
                blank_before = true;
            } else {
                // "filename=my file.exe": some take "my", some all of it.
                if (!result.empty() && (blank_before || quoted)) result_.malformed = true;
                if (blank_before && !result.empty()) result += ' ';
                blank_before = false;
                if (c == '"') {
                    if (!result.empty()) result_.malformed = true;
                    quote(result);
                    quoted = true;
                } else {
                    result += c;
                }
            }
        }
        return result;
    }

    // From an opening quote to its closing one, which is where at_ stands afterwards.
    void quote(std::string& into) {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            // Deliberately not RFC 5322 §3.2.4: other backslashes stay, for "C:\path\name" means
            // it.
            const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
            if (text_[at_] == '\\' && (next == '"' || next == '\\')) ++at_;
            into += text_[at_];
        }
        if (at_ == text_.size()) {
            result_.malformed = true;
            --at_;
        }
    }

    // From an opening parenthesis to its closing one, which is where at_ stands afterwards.
    void skip_comment() {
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\')
                ++at_;
            else if (text_[at_] == '(')
                ++depth;
            else if (text_[at_] == ')' && --depth == 0)
                return;
        }
        result_.malformed = true;
        at_ = text_.size() - 1;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    MimeValue result_;
};

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            result += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

struct Extended {
    std::string charset;
    std::string bytes;
};

// RFC 2231 §4: "utf-8'en'a%20b".
Extended extended(std::string_view value) {
    const auto first = value.find('\'');
    const auto second =
        first == std::string_view::npos ? std::string_view::npos : value.find('\'', first + 1);
    if (second == std::string_view::npos) return {"utf-8", percent_decoded(value)};
    return {std::string(value.substr(0, first)), percent_decoded(value.substr(second + 1))};
}

struct Segment {
    std::string_view value;
    bool is_extended = false;
};

// RFC 2231 §3: the segments from 0 up to the first gap, joined.
std::string continued(const std::map<int, Segment>& segments, bool& is_ambiguous) {
    std::string charset = "utf-8";
    std::string bytes;
    int expected = 0;
    for (const auto& [number, segment] : segments) {
        if (number != expected++) {
            is_ambiguous = true;
            break;
        }
        if (!segment.is_extended) {
            bytes += segment.value;
        } else if (number == 0) {
            auto start = extended(segment.value);
            charset = std::move(start.charset);
            bytes += start.bytes;
        } else {
            bytes += percent_decoded(segment.value);
        }
    }
    return to_utf8(charset, bytes);
}

}  // namespace

MimeValue parse_mime_value(std::string_view text) {
    return ValueReader(text).read();
}

ParameterForms forms_of(const MimeValue& value, std::string_view name) {
    ParameterForms result;
    int plain = 0;
    std::vector<std::string> extended_values;
    std::map<int, Segment> segments;
    for (const auto& parameter : value.parameters) {
        if (!parameter.name.starts_with(name)) continue;
        std::string_view rest = std::string_view(parameter.name).substr(name.size());
        if (rest.empty()) {
            if (++plain > 1) result.is_ambiguous = true;
            result.values.push_back(decode_words(parameter.value));
            continue;
        }
        if (rest == "*") {
            const auto decoded = extended(parameter.value);
            extended_values.push_back(to_utf8(decoded.charset, decoded.bytes));
            continue;
        }
        if (rest.front() != '*') continue;
        rest.remove_prefix(1);
        const bool is_extended = rest.ends_with('*');
        if (is_extended) rest.remove_suffix(1);
        int number = -1;
        const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        const bool whole = parsed.ec == std::errc() && parsed.ptr == rest.data() + rest.size() &&
                           (rest.size() == 1 || rest.front() != '0');
        if (!whole || number < 0 ||
            !segments.emplace(number, Segment{parameter.value, is_extended}).second)
            result.is_ambiguous = true;
    }
    if (extended_values.size() > 1) result.is_ambiguous = true;
    std::move(extended_values.begin(), extended_values.end(), std::back_inserter(result.values));
    if (!segments.empty()) result.values.push_back(continued(segments, result.is_ambiguous));
    return result;
}

}  // namespace mail
