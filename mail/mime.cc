#include "mail/mime.h"

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/html_text.h"
#include "mail/mime_scan.h"

#include <algorithm>
#include <optional>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

// Text for people and for the search index, up to a bound.
class TextKeeper {
  public:
    explicit TextKeeper(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // LF line ends; other control characters are blanks.
    void add(std::string_view utf8) {
        while (!utf8.empty() && !is_cut_) {
            if (text_.size() >= bytes_max_) return cut_before(utf8.front());
            std::size_t length = 0;  // of what is kept as it is
            while (length < utf8.size() && is_kept(utf8[length])) ++length;
            length = std::min(length, bytes_max_ - text_.size());
            text_ += utf8.substr(0, length);
            utf8.remove_prefix(length);
            if (utf8.empty() || text_.size() >= bytes_max_ || is_kept(utf8.front())) continue;
            if (utf8.front() != '\r') text_ += ' ';
            utf8.remove_prefix(1);
        }
    }
    void end_line() {
        if (!text_.empty() && text_.back() != '\n') add("\n");
    }
    bool is_cut() const { return is_cut_; }
    bool is_blank() const { return text_.find_first_not_of(" \t\n") == std::string::npos; }
    std::string take() {
        return base::is_utf8(text_) ? std::move(text_) : base::to_valid_utf8(text_);
    }

  private:
    static bool is_kept(char c) {
        return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
    }

    // `next` does not fit any more; a character that it would have gone on with goes, too.
    void cut_before(char next) {
        is_cut_ = true;
        while (!text_.empty() && is_continuation(next)) {
            next = text_.back();
            text_.pop_back();
        }
    }
    static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

    std::size_t bytes_max_;
    std::string text_;
    bool is_cut_ = false;
};

class FactsSink final : public PartSink {
  public:
    explicit FactsSink(const MimeLimits& limits)
        : plain_(limits.text_bytes_max), html_(limits.text_bytes_max) {}

    void begin_leaf(int index, const Part& part) override {
        shown_ = nullptr;
        is_html_ = false;
        converter_.reset();
        if (part.is_shown_text()) {
            is_html_ = part.type == "text/html";
            facts_.has_html = facts_.has_html || is_html_;
            shown_ = is_html_ ? &html_ : &plain_;
            shown_->end_line();
            converter_.emplace(part.charset);
            html_text_ = HtmlText();
        } else {
            add_attachment(index, part);
        }
    }

    void data(std::string_view decoded) override {
        if (shown_ == nullptr) {
            facts_.attachments.back().size += decoded.size();
            return;
        }
        if (shown_->is_cut()) return;
        std::string utf8;
        converter_->convert(decoded, utf8);
        show(utf8);
    }

    void end_leaf() override {
        if (shown_ == nullptr) return;
        std::string utf8;
        converter_->finish(utf8);
        show(utf8);
        if (!is_html_) return;
        html_text_.finish();
        shown_->add(html_text_.take());
    }

    void begin_message(int index, const Part& part) override { add_attachment(index, part); }

    void end_message(int index, std::uint64_t from, std::uint64_t to) override {
        const auto found = std::lower_bound(
            facts_.attachments.begin(),
            facts_.attachments.end(),
            index,
            [](const Attachment& attachment, int wanted) { return attachment.index < wanted; }
        );
        found->size = to - from;
    }

    MimeFacts take(MimeScan scan) {
        facts_.ambiguities = std::move(scan.ambiguities);
        facts_.parts = scan.parts;
        TextKeeper& text = plain_.is_blank() ? html_ : plain_;
        facts_.text_truncated = text.is_cut();
        facts_.text = text.take();
        return std::move(facts_);
    }

  private:
    void add_attachment(int index, const Part& part) {
        Attachment attachment;
        attachment.index = index;
        attachment.name = part.name;
        attachment.extension = part.extension;
        attachment.declared_type = part.type;
        attachment.content_id = part.content_id;
        attachment.is_inline = part.disposition == "inline" ||
                               (part.disposition != "attachment" && !part.content_id.empty());
        facts_.attachments.push_back(std::move(attachment));
    }

    void show(std::string_view utf8) {
        if (!is_html_) {
            shown_->add(utf8);
            return;
        }
        html_text_.add(utf8);
        shown_->add(html_text_.take());
    }

    MimeFacts facts_;
    TextKeeper plain_;
    TextKeeper html_;
    TextKeeper* shown_ = nullptr;  // where the current leaf is shown; none: an attachment
    bool is_html_ = false;
    std::optional<Utf8Converter> converter_;
    HtmlText html_text_;
};

// Takes the first HTML part.
class HtmlSink final : public PartSink {
  public:
    explicit HtmlSink(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void begin_leaf(int, const Part& part) override {
        if (part.is_shown_text() && part.type == "text/html") converter_.emplace(part.charset);
    }
    void data(std::string_view decoded) override {
        if (converter_ && html_.size() <= bytes_max_) converter_->convert(decoded, html_);
    }
    void end_leaf() override {
        if (!converter_) return;
        converter_->finish(html_);
        is_done_ = true;
    }
    void begin_message(int, const Part&) override {}
    void end_message(int, std::uint64_t, std::uint64_t) override {}
    bool is_satisfied() const override { return is_done_ || html_.size() > bytes_max_; }

    std::string take() const {
        const std::string valid = base::to_valid_utf8(html_);
        return std::string(base::utf8_prefix(valid, bytes_max_));
    }

  private:
    std::size_t bytes_max_;
    std::optional<Utf8Converter> converter_;
    std::string html_;
    bool is_done_ = false;
};

// Takes one leaf part, or the place of one message inside the message.
class OnePartSink final : public PartSink {
  public:
    OnePartSink(int index, std::size_t bytes_max) : index_(index), bytes_max_(bytes_max) {}

    void begin_leaf(int index, const Part&) override { is_wanted_ = index == index_; }
    void data(std::string_view decoded) override {
        if (!is_wanted_) return;
        is_over_ = is_over_ || decoded.size() > bytes_max_ - bytes_.size();
        if (!is_over_) bytes_ += decoded;
    }
    void end_leaf() override { is_found_ = is_found_ || is_wanted_; }
    void begin_message(int, const Part&) override {}
    void end_message(int index, std::uint64_t from, std::uint64_t to) override {
        if (index != index_) return;
        is_found_ = true;
        from_ = from;
        to_ = to;
    }
    bool is_satisfied() const override { return is_found_ || is_over_; }

    Result<std::string> take(const MessageBytes& message) {
        const std::uint64_t size = to_ - from_;
        if (is_over_ || size > bytes_max_)
            return failure(ErrorKind::limit, "part {} has more than {} bytes", index_, bytes_max_);
        if (!is_found_) return failure(ErrorKind::not_found, "there is no part {}", index_);
        if (size == 0) return std::move(bytes_);
        std::string result(static_cast<std::size_t>(size), '\0');
        MessageBytes::Reader reader = message.reader();
        if (auto there = reader.seek(from_); !there) return failure(std::move(there.error()));
        if (auto got = reader.read(result); !got) return failure(std::move(got.error()));
        return result;
    }

  private:
    int index_;
    std::size_t bytes_max_;
    bool is_wanted_ = false;
    bool is_found_ = false;
    bool is_over_ = false;
    std::string bytes_;
    std::uint64_t from_ = 0;
    std::uint64_t to_ = 0;
};

}  // namespace

std::string_view name_of(Ambiguity ambiguity) {
    switch (ambiguity) {
        case Ambiguity::duplicate_content_type:
            return "duplicate_content_type";
        case Ambiguity::duplicate_transfer_encoding:
            return "duplicate_transfer_encoding";
        case Ambiguity::malformed_header:
            return "malformed_header";
        case Ambiguity::odd_boundary:
            return "odd_boundary";
        case Ambiguity::unknown_encoding:
            return "unknown_encoding";
        case Ambiguity::broken_encoding:
            return "broken_encoding";
        case Ambiguity::names_differ:
            return "names_differ";
        case Ambiguity::raw_nul:
            return "raw_nul";
        case Ambiguity::uuencode_in_text:
            return "uuencode_in_text";
        case Ambiguity::partial_message:
            return "partial_message";
        case Ambiguity::too_deep:
            return "too_deep";
        case Ambiguity::too_many_parts:
            return "too_many_parts";
        case Ambiguity::header_too_long:
            return "header_too_long";
        case Ambiguity::not_one_from:
            return "not_one_from";
    }
    return "unknown";
}

std::string_view explain(Ambiguity ambiguity) {
    switch (ambiguity) {
        case Ambiguity::duplicate_content_type:
            return "A part says twice what kind of content it has.";
        case Ambiguity::duplicate_transfer_encoding:
            return "A part says twice how it is encoded.";
        case Ambiguity::malformed_header:
            return "A header has lines that mail readers take in different ways.";
        case Ambiguity::odd_boundary:
            return "The lines that separate the parts are missing, unusual or not closed.";
        case Ambiguity::unknown_encoding:
            return "A part is encoded in a way that no standard allows there.";
        case Ambiguity::broken_encoding:
            return "A part is encoded with mistakes, which mail programs take in different ways.";
        case Ambiguity::names_differ:
            return "An attachment has several names, or one that is not clear.";
        case Ambiguity::raw_nul:
            return "The message has zero bytes, at which some readers stop.";
        case Ambiguity::uuencode_in_text:
            return "The text holds a file in the old uuencode form.";
        case Ambiguity::partial_message:
            return "The content is only a piece of a message, or lies somewhere else.";
        case Ambiguity::too_deep:
            return "Parts are nested deeper than any honest message has them.";
        case Ambiguity::too_many_parts:
            return "The message has more parts than are looked at.";
        case Ambiguity::header_too_long:
            return "A header is longer than what is looked at.";
        case Ambiguity::not_one_from:
            return "The message does not name exactly one author in From.";
    }
    return "";
}

Result<MimeFacts> read_mime(const MessageBytes& message, const MimeLimits& limits) {
    FactsSink sink(limits);
    auto scan = scan_mime(message, limits, sink);
    if (!scan) return failure(std::move(scan.error()));
    return sink.take(std::move(*scan));
}

Result<std::string> html_of(const MessageBytes& message, std::size_t bytes_max) {
    HtmlSink sink(bytes_max);
    const auto scan = scan_mime(message, MimeLimits(), sink);
    if (!scan) return failure(scan.error());
    return sink.take();
}

Result<std::string> part_of(const MessageBytes& message, int index, std::size_t bytes_max) {
    OnePartSink sink(index, bytes_max);
    const auto scan = scan_mime(message, MimeLimits(), sink);
    if (!scan) return failure(scan.error());
    return sink.take(message);
}

}  // namespace mail
