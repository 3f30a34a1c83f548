#pragma once

#include "mail/related_images.h"

#include <cstddef>
#include <span>
#include <string>

namespace portal {

// How many of the images the HTML shows (as "cid:", RFC 2392).
std::size_t inline_images_in(const std::string& html, std::span<const mail::RelatedImage> images);

// The HTML with "cid:" of these images replaced by "data:" with their bytes, everywhere where an
// attribute or a style may name an image. `disarmed_html` is what disarmed() made; it must come
// first, because it would change the data. A picture that is shown many times makes the answer
// large: past `added_bytes_max` no more are put in.
std::string with_inline_images(
    const std::string& disarmed_html,
    std::span<const mail::RelatedImage> images,
    std::size_t added_bytes_max
);

}  // namespace portal
