#include "mail/html_text.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace mail {
namespace {

constexpr std::size_t tag_name_bytes_max = 16;
constexpr std::size_t entity_bytes_max = 10;

bool is_html_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

bool is_block(std::string_view name) {
    constexpr std::array<std::string_view, 24> blocks = {
        "br",     "p",      "div",    "tr",      "li",  "ul", "ol", "table",
        "h1",     "h2",     "h3",     "h4",      "h5",  "h6", "hr", "article",
        "header", "footer", "center", "section", "pre", "dt", "dd", "blockquote"
    };
    if (name.starts_with('/')) name.remove_prefix(1);
    return std::find(blocks.begin(), blocks.end(), name) != blocks.end();
}

// The character an entity stands for, "" when it is none we know.
std::string character_of(std::string_view entity) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 22> named = {{
        {"amp", "&"},
        {"lt", "<"},
        {"gt", ">"},
        {"quot", "\""},
        {"apos", "'"},
        {"nbsp", " "},
        {"shy", ""},
        {"copy", "\xc2\xa9"},
        {"reg", "\xc2\xae"},
        {"euro", "\xe2\x82\xac"},
        {"hellip", "\xe2\x80\xa6"},
        {"ndash", "\xe2\x80\x93"},
        {"mdash", "\xe2\x80\x94"},
        {"lsquo", "\xe2\x80\x98"},
        {"rsquo", "\xe2\x80\x99"},
        {"auml", "\xc3\xa4"},
        {"ouml", "\xc3\xb6"},
        {"uuml", "\xc3\xbc"},
        {"Auml", "\xc3\x84"},
        {"Ouml", "\xc3\x96"},
        {"Uuml", "\xc3\x9c"},
        {"szlig", "\xc3\x9f"},
    }};
    for (const auto& [name, character] : named)
        if (name == entity) return std::string(character);
    if (entity.size() < 2 || entity.front() != '#') return {};
    entity.remove_prefix(1);
    const bool is_hex = entity.front() == 'x' || entity.front() == 'X';
    if (is_hex) entity.remove_prefix(1);
    std::uint32_t code = 0;
    const auto parsed =
        std::from_chars(entity.data(), entity.data() + entity.size(), code, is_hex ? 16 : 10);
    const bool good = parsed.ec == std::errc() && parsed.ptr == entity.data() + entity.size() &&
                      code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (!good) return {};
    std::string result;
    base::append_utf8(result, code < 0x20 || (code >= 0x7f && code <= 0xa0) ? ' ' : code);
    return result;
}

}  // namespace

void HtmlText::add(std::string_view utf8) {
    for (const char c : utf8) step(c);
}

void HtmlText::finish() {
    if (in_entity_) end_entity('\0');
    if (state_ == State::less_than) put("<");
}

void HtmlText::step(char c) {
    switch (state_) {
        case State::text:
            put_text(c);
            return;
        case State::less_than:
            if (base::is_letter(c) || c == '/') {
                state_ = State::tag;
                name_ = base::to_lower(c);
                name_ended_ = false;
                after_equals_ = false;
            } else if (c == '!' || c == '?') {
                state_ = State::declaration;
                hyphens_ = 0;
            } else {
                state_ = State::text;
                put("<");
                put_text(c);
            }
            return;
        case State::tag:
            in_tag(c);
            return;
        case State::declaration:
            // Two hyphens at once after "<!" begin a comment; -1: it cannot become one any more.
            if (c != '-')
                hyphens_ = -1;
            else if (hyphens_ >= 0)
                ++hyphens_;
            if (c == '>')
                state_ = State::text;
            else if (hyphens_ == 2)
                state_ = State::comment;
            return;
        case State::comment:
            if (c == '>' && hyphens_ >= 2)
                state_ = State::text;
            else
                hyphens_ = c == '-' ? std::min(hyphens_ + 1, 2) : 0;
            return;
        case State::raw:
        case State::raw_end:
            in_raw(c);
            return;
    }
}

void HtmlText::put(std::string_view character) {
    if (blank_pending_ && line_ends_ == 0) text_ += ' ';
    blank_pending_ = false;
    line_ends_ = 0;
    text_ += character;
}

void HtmlText::line_end() {
    blank_pending_ = false;
    if (line_ends_ == 2) return;
    text_ += '\n';
    ++line_ends_;
}

void HtmlText::put_text(char c) {
    if (in_entity_) {
        const bool goes_on = base::is_letter(c) || base::is_digit(c) || c == '#';
        if (goes_on && entity_.size() < entity_bytes_max) {
            entity_ += c;
            return;
        }
        end_entity(c);
        if (c == ';') return;
    }
    if (c == '<') {
        state_ = State::less_than;
    } else if (c == '&') {
        in_entity_ = true;
        entity_.clear();
    } else if (is_html_space(c)) {
        blank_pending_ = true;
    } else {
        put(std::string_view(&c, 1));
    }
}

void HtmlText::end_entity(char next) {
    in_entity_ = false;
    const std::string character = character_of(entity_);
    if (character == " ")
        blank_pending_ = true;
    else if (!character.empty())
        put(character);
    else if (entity_ != "shy")
        put("&" + entity_ + (next == ';' ? ";" : ""));
}

void HtmlText::in_tag(char c) {
    if (quote_ != '\0') {
        if (c == quote_) quote_ = '\0';
        return;
    }
    if (c == '>') {
        end_tag();
        return;
    }
    if ((c == '"' || c == '\'') && after_equals_) {
        quote_ = c;
        after_equals_ = false;
        return;
    }
    if (!is_html_space(c)) after_equals_ = c == '=';
    // "<br/>": the slash ends the name, too.
    if (is_html_space(c) || (c == '/' && !name_.empty())) name_ended_ = true;
    if (!name_ended_ && name_.size() < tag_name_bytes_max) name_ += base::to_lower(c);
}

void HtmlText::end_tag() {
    state_ = State::text;
    if (is_block(name_)) line_end();
    if (name_ == "td" || name_ == "th") blank_pending_ = true;
    if (name_ == "script" || name_ == "style" || name_ == "title") {
        state_ = State::raw;
        raw_name_ = "/" + name_;
    }
}

// Up to "</script": what is inside is for machines.
void HtmlText::in_raw(char c) {
    if (c == '<') {
        state_ = State::raw_end;
        name_.clear();
        return;
    }
    if (state_ == State::raw) return;
    if (name_.size() < raw_name_.size()) name_ += base::to_lower(c);
    if (!std::string_view(raw_name_).starts_with(name_)) {
        state_ = State::raw;
    } else if (name_ == raw_name_) {
        state_ = State::tag;
        name_ended_ = true;
        after_equals_ = false;
    }
}

}  // namespace mail
