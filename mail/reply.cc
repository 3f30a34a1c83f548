#include "mail/reply.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"

#include <algorithm>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

// RFC 5321 §4.5.3.1.5: 512 bytes with code, enhanced code and CRLF.
constexpr std::size_t reply_line_bytes_max = 480;

// U+0080 to U+009F, which some terminals obey.
bool is_c1_control(std::string_view text, std::size_t at) {
    return text[at] == '\xc2' && at + 1 < text.size() &&
           static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

std::string cleaned(std::string_view text, std::size_t bytes_max) {
    const std::string valid = base::to_valid_utf8(text.substr(0, 4 * reply_line_bytes_max));
    std::string result;
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const bool c1 = is_c1_control(valid, i);
        result += c1 || base::is_control(valid[i]) ? ' ' : valid[i];
        if (c1) ++i;
    }
    return std::string(base::trim(base::utf8_prefix(result, bytes_max)));
}

std::string text_of(EnhancedCode code) {
    return fmt::format("{}.{}.{}", code.status_class, code.subject, code.detail);
}

// Reads up to three digits without leading zeros from the front of `text`; -1 when there are none.
int take_number(std::string_view& text) {
    int value = 0;
    std::size_t length = 0;
    for (; length < 3 && length < text.size() && base::is_digit(text[length]); ++length)
        value = value * 10 + (text[length] - '0');
    if (length == 0 || (length > 1 && text.front() == '0')) return -1;
    text.remove_prefix(length);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

// The text behind an enhanced code that starts `text`.
std::string_view without_enhanced(std::string_view text, EnhancedCode enhanced) {
    text.remove_prefix(text_of(enhanced).size());
    if (!text.empty()) text.remove_prefix(1);
    return text;
}

}  // namespace

Reply::Reply(int code, EnhancedCode enhanced, std::string_view text)
    : code_(code), enhanced_(enhanced), lines_{cleaned(text, reply_line_bytes_max)} {
    base::ensure(code >= 200 && code <= 599, "a reply code is 200 to 599");
}

Reply Reply::multi_line(int code, EnhancedCode enhanced, std::vector<std::string> lines) {
    if (lines.empty()) lines.emplace_back();
    Reply reply(code, enhanced, lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i)
        reply.lines_.push_back(cleaned(lines[i], reply_line_bytes_max));
    return reply;
}

std::string Reply::to_wire() const {
    std::string result;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const bool last = i + 1 == lines_.size();
        std::string text;
        // RFC 2034 §4: every line carries the enhanced code.
        if (!enhanced_.is_none()) text = text_of(enhanced_);
        if (!text.empty() && !lines_[i].empty()) text += ' ';
        text += lines_[i];
        result += std::to_string(code_);
        if (!last) result += '-';
        if (last && !text.empty()) result += ' ';
        result += text + "\r\n";
    }
    return result;
}

std::string Reply::one_line() const {
    std::string result = std::to_string(code_);
    if (!enhanced_.is_none()) result += " " + text_of(enhanced_);
    for (const auto& line : lines_)
        if (!line.empty()) result += " " + line;
    return result;
}

EnhancedCode enhanced_code_in(std::string_view text, int reply_code) {
    EnhancedCode code;
    code.status_class = take_number(text);
    // RFC 3463 §2: the class is 2, 4 or 5 and says the same as the reply code's first digit.
    const bool known = code.status_class == 2 || code.status_class == 4 || code.status_class == 5;
    if (!known || code.status_class != reply_code / 100 || !take(text, '.')) return {};
    code.subject = take_number(text);
    if (code.subject < 0 || !take(text, '.')) return {};
    code.detail = take_number(text);
    if (code.detail < 0 || (!text.empty() && text.front() != ' ')) return {};
    return code;
}

Result<Reply> parse_reply(std::string_view wire) {
    int code = 0;
    std::vector<std::string> texts;  // cleaned, so that what is read again is found the same
    bool finished = false;
    while (!wire.empty()) {
        const auto end = wire.find('\n');
        std::string_view line = wire.substr(0, end);
        wire.remove_prefix(end == std::string_view::npos ? wire.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (finished) return failure(ErrorKind::invalid, "a reply goes on after its last line");
        if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, base::is_digit))
            return failure(ErrorKind::invalid, "a reply line does not begin with a code");
        const int line_code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (line_code < 200 || line_code > 599)
            return failure(ErrorKind::invalid, "reply code {} is not 200 to 599", line_code);
        if (!texts.empty() && line_code != code)
            return failure(
                ErrorKind::invalid, "a reply changes its code from {} to {}", code, line_code
            );
        code = line_code;
        line.remove_prefix(3);
        // RFC 5321 §4.2.1: a hyphen goes on, a space or nothing ends.
        if (!line.empty() && line.front() != '-' && line.front() != ' ')
            return failure(ErrorKind::invalid, "a reply code is not followed by a space or hyphen");
        finished = line.empty() || line.front() == ' ';
        if (!line.empty()) line.remove_prefix(1);
        texts.push_back(cleaned(line, 2 * reply_line_bytes_max));
    }
    if (!finished) return failure(ErrorKind::invalid, "a reply lacks its last line");

    const EnhancedCode enhanced = enhanced_code_in(texts.front(), code);
    std::vector<std::string> lines;
    for (const auto& text : texts) {
        const bool repeats = !enhanced.is_none() && enhanced_code_in(text, code) == enhanced;
        lines.emplace_back(repeats ? without_enhanced(text, enhanced) : std::string_view(text));
    }
    return Reply::multi_line(code, enhanced, std::move(lines));
}

}  // namespace mail
