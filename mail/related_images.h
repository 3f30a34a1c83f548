#pragma once

#include "base/result.h"
#include "mail/message_bytes.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mail {

// What the bytes themselves say: "image/png", "image/jpeg", "image/gif" or "image/webp", "" for
// everything else. SVG is a document that can hold scripts and is never one of them.
std::string_view image_type_of(std::string_view bytes);

// An image that a mail brings for its own HTML (RFC 2387, RFC 2392).
struct RelatedImage {
    std::string content_id;  // without <>
    std::string_view type;   // by its bytes, whatever the part says
    std::string bytes;
};

struct RelatedLimits {
    std::size_t images_max = 20;
    std::size_t bytes_max = 5 * 1024 * 1024;  // of all images together
};

struct HtmlWithImages {
    std::string html;  // as html_of() gives it
    // Those with a Content-ID that share a multipart/related with the HTML, in the order of the
    // mail; of a Content-ID that stands twice the first. What is over the limits is left out.
    std::vector<RelatedImage> images;
};

// Linear time; memory within the limits.
base::Result<HtmlWithImages> html_with_images(
    const MessageBytes& message,
    std::size_t html_bytes_max,
    const RelatedLimits& limits = RelatedLimits()
);

}  // namespace mail
