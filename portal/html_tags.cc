#include "portal/html_tags.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace portal {

namespace {

constexpr std::size_t kept_attributes_max = 100;
constexpr std::size_t entity_bytes_max = 16;

bool is_html_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// Of what stands between "&#" and the end; none: no number of a character.
std::string numbered_character(std::string_view digits) {
    const bool is_hex = digits.starts_with('x') || digits.starts_with('X');
    if (is_hex) digits.remove_prefix(1);
    std::uint32_t code = 0;
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, code, is_hex ? 16 : 10);
    const bool is_character = read.ec == std::errc() && read.ptr == end && code != 0 &&
                              code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    std::string character;
    if (is_character) base::append_utf8(character, code);
    return character;
}

std::string named_character(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 33> known = {{
        {"amp", "&"},
        {"AMP", "&"},
        {"lt", "<"},
        {"gt", ">"},
        {"quot", "\""},
        {"apos", "'"},
        {"nbsp", "\xc2\xa0"},
        {"shy", "\xc2\xad"},
        {"colon", ":"},
        {"sol", "/"},
        {"bsol", "\\"},
        {"period", "."},
        {"commat", "@"},
        {"quest", "?"},
        {"num", "#"},
        {"percnt", "%"},
        {"equals", "="},
        {"lowbar", "_"},
        {"lpar", "("},
        {"rpar", ")"},
        {"comma", ","},
        {"semi", ";"},
        {"Tab", "\t"},
        {"NewLine", "\n"},
        {"zwj", "\xe2\x80\x8d"},
        {"zwnj", "\xe2\x80\x8c"},
        {"ndash", "\xe2\x80\x93"},
        {"mdash", "\xe2\x80\x94"},
        {"hellip", "\xe2\x80\xa6"},
        {"auml", "\xc3\xa4"},
        {"ouml", "\xc3\xb6"},
        {"uuml", "\xc3\xbc"},
        {"szlig", "\xc3\x9f"},
    }};
    for (const auto& [entity, character] : known)
        if (entity == name) return std::string(character);
    return {};
}

// Elements whose content is no markup.
bool is_raw(std::string_view name) {
    static constexpr std::array<std::string_view, 9> raw = {
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"
    };
    return std::ranges::find(raw, name) != raw.end();
}

class TagReader {
  public:
    TagReader(std::string_view html, TagSink& sink) : html_(html), sink_(sink) {}

    void run() {
        while (at_ < html_.size()) {
            const std::size_t open = std::min(html_.find('<', at_), html_.size());
            if (open > at_) sink_.text(decoded_entities(html_.substr(at_, open - at_)));
            at_ = open;
            if (at_ < html_.size()) markup();
        }
    }

  private:
    char look(std::size_t ahead) const {
        return at_ + ahead < html_.size() ? html_[at_ + ahead] : '\0';
    }

    void skip_past(std::string_view mark, std::size_t from) {
        const std::size_t found = html_.find(mark, from);
        at_ = found == html_.npos ? html_.size() : found + mark.size();
    }

    void markup() {
        if (base::is_letter(look(1))) {
            at_ += 1;
            start_tag();
        } else if (look(1) == '/' && base::is_letter(look(2))) {
            at_ += 2;
            const std::string name = tag_name();
            attributes();
            sink_.end_tag(name);
        } else if (html_.substr(at_).starts_with("<!--")) {
            // "<!-->" and "<!--->" are whole comments.
            const bool is_short =
                html_.substr(at_ + 4).starts_with('>') || html_.substr(at_ + 4).starts_with("->");
            if (is_short)
                skip_past(">", at_ + 4);
            else
                end_comment();
        } else if (look(1) == '!' || look(1) == '?' || look(1) == '/') {
            skip_past(">", at_ + 2);
        } else {
            sink_.text("<");
            ++at_;
        }
    }

    void end_comment() {
        for (std::size_t at = html_.find("--", at_ + 4); at != html_.npos;
             at = html_.find("--", at + 1)) {
            const std::string_view behind = html_.substr(at + 2, 2);
            if (!behind.starts_with('>') && behind != "!>") continue;
            at_ = at + 2 + (behind.starts_with('>') ? 1 : 2);
            return;
        }
        at_ = html_.size();
    }

    std::string tag_name() {
        const std::size_t begin = at_;
        while (at_ < html_.size() && !is_html_space(html_[at_]) && html_[at_] != '/' &&
               html_[at_] != '>')
            ++at_;
        return base::lower(html_.substr(begin, at_ - begin));
    }

    void start_tag() {
        const std::string name = tag_name();
        const TagSink::Attributes given = attributes();
        sink_.start_tag(name, given);
        if (is_raw(name)) raw(name);
    }

    // Up to the end tag of that name; without one, up to the end of everything.
    void raw(const std::string& name) {
        const std::string mark = "</" + name;
        const std::size_t begin = at_;
        std::size_t end =
            name == "plaintext" ? html_.npos : base::find_ignoring_case(html_, mark, at_);
        while (end != html_.npos) {
            const std::size_t behind = end + mark.size();
            const char next = behind < html_.size() ? html_[behind] : '>';
            if (is_html_space(next) || next == '/' || next == '>') break;
            end = base::find_ignoring_case(html_, mark, behind);
        }
        at_ = std::min(end, html_.size());
        if (name == "style") sink_.style(html_.substr(begin, at_ - begin));
    }

    TagSink::Attributes attributes() {
        TagSink::Attributes all;
        while (at_ < html_.size()) {
            while (at_ < html_.size() && (is_html_space(html_[at_]) || html_[at_] == '/')) ++at_;
            if (at_ == html_.size()) break;
            if (html_[at_] == '>') {
                ++at_;
                break;
            }
            std::string name = attribute_name();
            std::string value = attribute_value();
            // The first of a name counts.
            if (all.size() < kept_attributes_max &&
                std::ranges::none_of(all, [&](const auto& one) { return one.first == name; }))
                all.emplace_back(std::move(name), std::move(value));
        }
        return all;
    }

    std::string attribute_name() {
        const std::size_t begin = at_;
        ++at_;  // Even "=" may begin a name.
        while (at_ < html_.size() && !is_html_space(html_[at_]) && html_[at_] != '/' &&
               html_[at_] != '>' && html_[at_] != '=')
            ++at_;
        return base::lower(html_.substr(begin, at_ - begin));
    }

    std::string attribute_value() {
        while (at_ < html_.size() && is_html_space(html_[at_])) ++at_;
        if (look(0) != '=') return {};
        ++at_;
        while (at_ < html_.size() && is_html_space(html_[at_])) ++at_;
        const char quote = look(0);
        if (quote == '"' || quote == '\'') {
            const std::size_t begin = ++at_;
            const std::size_t end = std::min(html_.find(quote, begin), html_.size());
            at_ = std::min(end + 1, html_.size());
            return decoded_entities(html_.substr(begin, end - begin));
        }
        const std::size_t begin = at_;
        while (at_ < html_.size() && !is_html_space(html_[at_]) && html_[at_] != '>') ++at_;
        return decoded_entities(html_.substr(begin, at_ - begin));
    }

    std::string_view html_;
    TagSink& sink_;
    std::size_t at_ = 0;
};

}  // namespace

std::string decoded_entities(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '&') {
            decoded += text[at];
            continue;
        }
        const auto next = [&](std::size_t ahead) {
            return at + ahead < text.size() ? text[at + ahead] : '\0';
        };
        const bool is_number = next(1) == '#';
        const bool is_hex = is_number && (next(2) == 'x' || next(2) == 'X');
        const auto goes_on = [&](char c) {
            if (is_number && !is_hex) return base::is_digit(c);
            const char low = base::to_lower(c);
            return base::is_digit(c) || (is_hex ? low >= 'a' && low <= 'f' : base::is_letter(c));
        };
        std::size_t end = at + (is_hex ? 3 : is_number ? 2 : 1);
        while (end < text.size() && end - at < entity_bytes_max && goes_on(text[end])) ++end;
        const bool is_closed = end < text.size() && text[end] == ';';
        std::string character;
        if (is_number)
            character = numbered_character(text.substr(at + 2, end - at - 2));
        else if (is_closed)
            character = named_character(text.substr(at + 1, end - at - 1));
        if (character.empty()) {
            decoded += '&';
            continue;
        }
        decoded += character;
        at = is_closed ? end : end - 1;
    }
    return decoded;
}

void read_tags(std::string_view html, TagSink& sink) {
    TagReader(html, sink).run();
}

}  // namespace portal
