#include "mail/related_images.h"

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/mime_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mail {

using base::failure;
using base::Result;

namespace {

// The longest of what is looked at to tell an image by its bytes.
constexpr std::size_t signature_bytes = 12;

class RelatedSink final : public PartSink {
  public:
    RelatedSink(std::size_t html_bytes_max, const RelatedLimits& limits)
        : html_bytes_max_(html_bytes_max), limits_(limits) {}

    void begin_multipart(const Part& part) override {
        open_.push_back(part.type == "multipart/related" ? ++related_ : not_related);
    }
    void end_multipart() override { open_.pop_back(); }

    void begin_leaf(int, const Part& part) override {
        leaf_ = Leaf::other;
        if (part.is_shown_text() && part.type == "text/html") {
            if (has_html_) return;
            leaf_ = Leaf::html;
            has_html_ = true;
            of_html_ = open_;
            converter_.emplace(part.charset);
        } else if (!part.content_id.empty() && may_take(part.content_id)) {
            leaf_ = Leaf::image;
            found_.push_back({{part.content_id, {}, {}}, open_});
        }
    }

    void data(std::string_view decoded) override {
        if (leaf_ == Leaf::html && html_.size() <= html_bytes_max_)
            converter_->convert(decoded, html_);
        if (leaf_ != Leaf::image) return;
        std::string& bytes = found_.back().image.bytes;
        const bool is_known = bytes.size() >= signature_bytes;
        bytes_ += decoded.size();
        bytes += decoded;
        const bool is_other =
            !is_known && bytes.size() >= signature_bytes && image_type_of(bytes).empty();
        if (is_other || bytes_ > limits_.bytes_max) give_up();
    }

    void end_leaf() override {
        if (leaf_ == Leaf::html) converter_->finish(html_);
        if (leaf_ != Leaf::image) return;
        RelatedImage& image = found_.back().image;
        image.type = image_type_of(image.bytes);
        if (image.type.empty()) give_up();
    }

    void begin_message(int, const Part&) override {}
    void end_message(int, std::uint64_t, std::uint64_t) override {}

    HtmlWithImages take() {
        HtmlWithImages result;
        const std::string valid = base::to_valid_utf8(html_);
        result.html = base::utf8_prefix(valid, html_bytes_max_);
        for (Found& found : found_)
            if (shares_related(found)) result.images.push_back(std::move(found.image));
        return result;
    }

  private:
    static constexpr int not_related = 0;
    enum class Leaf { other, html, image };
    struct Found {
        RelatedImage image;
        std::vector<int> open;  // the multiparts around it: the number of a related one, else 0
    };

    bool may_take(std::string_view content_id) const {
        const bool is_in_related = std::ranges::find_if(open_, [](int number) {
                                       return number != not_related;
                                   }) != open_.end();
        const bool is_known = std::ranges::any_of(found_, [&](const Found& found) {
            return found.image.content_id == content_id;
        });
        return is_in_related && !is_known && found_.size() < limits_.images_max;
    }

    // No image, or too much of it: its bytes count no longer.
    void give_up() {
        bytes_ -= found_.back().image.bytes.size();
        found_.pop_back();
        leaf_ = Leaf::other;
    }

    bool shares_related(const Found& found) const {
        return std::ranges::any_of(found.open, [&](int number) {
            return number != not_related && std::ranges::find(of_html_, number) != of_html_.end();
        });
    }

    std::size_t html_bytes_max_;
    RelatedLimits limits_;
    std::vector<int> open_;
    int related_ = 0;
    Leaf leaf_ = Leaf::other;
    bool has_html_ = false;
    std::optional<Utf8Converter> converter_;
    std::string html_;
    std::vector<int> of_html_;
    std::vector<Found> found_;
    std::size_t bytes_ = 0;
};

}  // namespace

std::string_view image_type_of(std::string_view bytes) {
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
    if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
    if (bytes.starts_with("RIFF") && bytes.size() >= signature_bytes &&
        bytes.substr(8, 4) == "WEBP")
        return "image/webp";
    return {};
}

Result<HtmlWithImages> html_with_images(
    const MessageBytes& message, std::size_t html_bytes_max, const RelatedLimits& limits
) {
    RelatedSink sink(html_bytes_max, limits);
    const auto scan = scan_mime(message, MimeLimits(), sink);
    if (!scan) return failure(scan.error());
    return sink.take();
}

}  // namespace mail
