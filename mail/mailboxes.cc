// RFC 5322 §3.4 address lists as hostile senders write them. The reading is deliberately wide: what
// another parser could take for an address is given, too, so that "exactly one" means exactly one.
#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"

#include <utility>

namespace mail {
namespace {

// Without the blanks that RFC 5322 §3.4.1 allows around the dots and the @ of an address.
std::string without_inner_blanks(std::string_view text) {
    std::string result;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\' && i + 1 < text.size()) {
            result += c;
            result += text[++i];
            continue;
        }
        if (c == '"') quoted = !quoted;
        if (quoted || !base::is_blank(c)) {
            result += c;
            continue;
        }
        const auto next = text.find_first_not_of(" \t\r\n", i);
        const bool droppable = result.empty() || next == std::string_view::npos ||
                               result.back() == '.' || result.back() == '@' || text[next] == '.' ||
                               text[next] == '@';
        if (!droppable) result += ' ';
        i = next == std::string_view::npos ? text.size() : next - 1;
    }
    return result;
}

std::optional<Address> address_in(std::string_view text) {
    std::string spec = without_inner_blanks(text);
    // RFC 5322 §4.4 obs-route: "<@a.test,@b.test:user@c.test>".
    if (spec.starts_with('@')) {
        const auto colon = spec.find(':');
        if (colon == std::string::npos) return std::nullopt;
        spec.erase(0, colon + 1);
    }
    auto address = Address::parse(spec);
    if (!address) return std::nullopt;
    return std::move(*address);
}

class MailboxReader {
  public:
    explicit MailboxReader(std::string_view text) : text_(text) {}

    std::vector<HeaderMailbox> read() && {
        while (at_ < text_.size()) step();
        end_mailbox();
        return std::move(result_);
    }

  private:
    void step() {
        const char c = text_[at_];
        switch (c) {
            case '(':
                comment_ += comment();
                break;
            case '"': {
                const Quoted quoted = quoted_string();
                spec_ += quoted.raw;
                phrase_ += quoted.content;
                break;
            }
            case '<':
                angle();
                break;
            case '[':
                bracket();
                break;
            case ',':
            case ';':  // the end of a group; some senders part addresses with it
                ++at_;
                end_mailbox();
                break;
            case ':':  // what stood before was a group's name, or something to make us think so
                ++at_;
                if (phrase_has_at_)
                    end_mailbox();
                else
                    start_anew();
                break;
            default:
                ++at_;
                put(c);
        }
    }

    void put(char c) {
        spec_ += c;
        phrase_ += c;
        if (c == '@') phrase_has_at_ = true;
    }

    // The text of a comment, which may hold others. RFC 5322 §3.2.2.
    std::string comment() {
        std::string content;
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
            } else if (c == '(') {
                if (depth++ == 0) continue;
            } else if (c == ')' && --depth == 0) {
                ++at_;
                spec_ += ' ';
                phrase_ += ' ';
                return content;
            }
            content += c;
        }
        broken_ = true;
        return content;
    }

    struct Quoted {
        std::string_view raw;  // with its quotes
        std::string content;
    };

    Quoted quoted_string() {
        const std::size_t start = at_++;
        std::string content;
        for (; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (c == '"') {
                ++at_;
                return {text_.substr(start, at_ - start), std::move(content)};
            }
            if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
            content += c;
        }
        broken_ = true;
        return {text_.substr(start), std::move(content)};
    }

    // "[192.0.2.1]" may hold colons; in front of an @ a bracket is only a character.
    void bracket() {
        const auto last = spec_.find_last_not_of(" \t\r\n");
        const auto end = last != std::string::npos && spec_[last] == '@' && !brackets_exhausted_
                             ? text_.find(']', at_)
                             : std::string_view::npos;
        if (end == std::string_view::npos) {
            if (last != std::string::npos && spec_[last] == '@') brackets_exhausted_ = true;
            put(text_[at_++]);
            return;
        }
        spec_ += text_.substr(at_, end + 1 - at_);
        phrase_ += text_.substr(at_, end + 1 - at_);
        at_ = end + 1;
    }

    void angle() {
        ++at_;
        std::string inside;
        bool closed = false;
        while (at_ < text_.size() && !closed) {
            const char c = text_[at_];
            if (c == '(') {
                comment();
                inside += ' ';
            } else if (c == '"') {
                inside += quoted_string().raw;
            } else {
                closed = c == '>';
                if (!closed) inside += c;
                ++at_;
            }
        }
        if (!closed) broken_ = true;
        // An unquoted "good@bank.test <evil@x.test>": other readers take the first for the address.
        std::optional<Address> address = address_in(inside);
        if (phrase_has_at_) {
            auto other = address_in(spec_);
            if (other && (!address || !(*other == *address))) add("", std::move(other));
        }
        // The name is used up here: text that is decoded once per bracket would take square time.
        if (base::trim(phrase_).empty()) phrase_ = std::exchange(comment_, std::string());
        add(phrase_, std::move(address));
        broken_ = false;
        has_angle_ = true;
        spec_.clear();
        phrase_.clear();
        phrase_has_at_ = false;
    }

    void add(std::string_view name, std::optional<Address> address) {
        if (broken_) address = std::nullopt;
        result_.push_back({decode_words(name), std::move(address)});
    }

    void end_mailbox() {
        const bool empty = base::trim(spec_).empty() && base::trim(phrase_).empty();
        if (!empty || broken_) {
            auto address = address_in(spec_);
            // Only a comment can be the name of an address without angle brackets.
            add(address ? comment_ : phrase_, std::move(address));
        } else if (has_angle_ && !comment_.empty() && result_.back().display_name.empty()) {
            result_.back().display_name = decode_words(comment_);
        }
        start_anew();
    }

    void start_anew() {
        spec_.clear();
        phrase_.clear();
        comment_.clear();
        has_angle_ = false;
        broken_ = false;
        phrase_has_at_ = false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string spec_;     // the text without comments, quotes kept: it may be an address
    std::string phrase_;   // the text without comments, quotes taken away: it may be a name
    std::string comment_;  // the oldest form of a name: "a@b.test (Bob)"
    bool has_angle_ = false;
    bool broken_ = false;         // something was opened and not closed
    bool phrase_has_at_ = false;  // outside quotes
    bool brackets_exhausted_ = false;
    std::vector<HeaderMailbox> result_;
};

}  // namespace

std::vector<HeaderMailbox> parse_mailboxes(std::string_view value) {
    return MailboxReader(value).read();
}

}  // namespace mail
