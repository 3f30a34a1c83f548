#include "portal/message_content.h"

#include "mail/related_images.h"
#include "portal/html_view.h"
#include "portal/inline_images.h"

#include <utility>

namespace portal {

using base::failure;
using base::Result;

namespace {

constexpr std::size_t inlined_bytes_max = 8 * 1024 * 1024;

}  // namespace

Result<MessageContent> read_content(const mail::MessageBytes& bytes) {
    MessageContent content;
    auto header = mail::Header::read(bytes);
    if (!header) return failure(header.error());
    content.header = std::move(*header);
    auto facts = mail::read_mime(bytes);
    if (!facts) return failure(facts.error());
    content.facts = std::move(*facts);
    std::string html;
    if (content.facts.has_html) {
        auto found = mail::html_with_images(bytes, html_bytes_max);
        if (!found) return failure(found.error());
        html = std::move(found->html);
        content.has_remote_images = has_remote_images(html);
        content.remote_image_hosts = remote_image_hosts(html);
        content.inline_images = inline_images_in(html, found->images);
    }
    content.links = links_of(content.facts.text, html);
    return content;
}

Result<std::string> html_to_show(const mail::MessageBytes& bytes, InlineImages images) {
    if (images == InlineImages::leave_out) {
        auto html = mail::html_of(bytes, html_bytes_max);
        if (!html) return html;
        return disarmed(std::move(*html));
    }
    auto found = mail::html_with_images(bytes, html_bytes_max);
    if (!found) return failure(found.error());
    return with_inline_images(disarmed(std::move(found->html)), found->images, inlined_bytes_max);
}

}  // namespace portal
