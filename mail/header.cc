#include "mail/header.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"

#include <algorithm>

namespace mail {
namespace {

using base::failure;
using base::Result;

bool is_wsp(char c) {
    return c == ' ' || c == '\t';
}

// Takes the line up to CRLF away from the front of `rest`.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    return line;
}

// RFC 5322 §2.2.3: a CRLF in front of a blank is no part of the value.
std::string unfolded(std::string_view raw) {
    std::string result;
    result.reserve(raw.size());
    while (!raw.empty()) result += take_line(raw);
    return std::string(base::trim(result));
}

// What parsers disagree about inside a value.
bool has_stray_bytes(std::string_view value) {
    return value.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}

}  // namespace

std::size_t field_name_length(std::string_view line) {
    std::size_t length = 0;
    while (length < line.size() && line[length] > ' ' && line[length] < 0x7f && line[length] != ':')
        ++length;
    if (length == 0) return 0;
    // RFC 5322 §4.5.8 obs-optional: blanks in front of the colon.
    const auto colon = line.find_first_not_of(" \t", length);
    return colon != std::string_view::npos && line[colon] == ':' ? length : 0;
}

Header Header::parse(std::string_view bytes) {
    Header header;
    const bool too_long = bytes.size() > bytes_max;
    const std::string_view all = bytes.substr(0, bytes_max);
    std::string_view rest = all;
    bool ended = false;
    while (!rest.empty() && !ended) {
        const auto start = all.size() - rest.size();
        const std::string_view line = take_line(rest);
        if (line.empty()) {
            ended = true;
            break;
        }
        const std::size_t name_length = field_name_length(line);
        if (name_length == 0) {
            header.malformed_ = true;
            ended = true;
            break;
        }
        if (header.fields_.size() == fields_max) {
            header.truncated_ = true;
            break;
        }
        while (!rest.empty() && is_wsp(rest.front())) {
            if (base::trim(take_line(rest)).empty()) header.malformed_ = true;
        }
        const std::string_view raw = all.substr(start, all.size() - rest.size() - start);
        const auto colon = raw.find(':', name_length);
        HeaderField field{std::string(raw.substr(0, name_length)), unfolded(raw.substr(colon + 1))};
        if (colon != name_length || has_stray_bytes(field.value)) header.malformed_ = true;
        header.fields_.push_back(std::move(field));
    }
    if (!ended && too_long) header.truncated_ = true;
    return header;
}

Result<Header> Header::read(const MessageBytes& message) {
    constexpr std::size_t step = 16'384;
    std::string bytes;
    MessageBytes::Reader reader = message.reader();
    while (bytes.size() <= bytes_max) {
        const std::size_t before = bytes.size();
        bytes.resize(before + step);
        const auto got = reader.read(std::span(bytes).subspan(before));
        if (!got) return failure(got.error(), "reading a header section");
        bytes.resize(before + *got);
        const bool ended = bytes.find("\r\n\r\n", before < 3 ? 0 : before - 3) != std::string::npos;
        if (*got == 0 || ended || bytes.starts_with("\r\n")) break;
    }
    return parse(bytes);
}

std::size_t Header::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(),
        fields_.end(),
        [&](const HeaderField& field) { return base::equals_ignoring_case(field.name, name); }
    ));
}

std::optional<std::string> Header::first(std::string_view name) const {
    for (const auto& field : fields_)
        if (base::equals_ignoring_case(field.name, name)) return field.value;
    return std::nullopt;
}

std::vector<std::string> Header::all(std::string_view name) const {
    std::vector<std::string> result;
    for (const auto& field : fields_)
        if (base::equals_ignoring_case(field.name, name)) result.push_back(field.value);
    return result;
}

std::string Header::subject() const {
    return decode_words(first("Subject").value_or(""));
}

std::vector<HeaderMailbox> Header::from() const {
    std::vector<HeaderMailbox> result;
    for (const auto& field : fields_) {
        if (!base::equals_ignoring_case(field.name, "From")) continue;
        auto mailboxes = parse_mailboxes(field.value);
        std::move(mailboxes.begin(), mailboxes.end(), std::back_inserter(result));
    }
    return result;
}

std::string Header::to() const {
    constexpr std::size_t to_bytes_max = 1000;
    const std::string text = decode_words(first("To").value_or(""));
    return std::string(base::utf8_prefix(text, to_bytes_max));
}

std::string Header::message_id() const {
    return one_line(base::to_valid_utf8(first("Message-ID").value_or("")));
}

}  // namespace mail
