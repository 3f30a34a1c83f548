#include "portal/inline_images.h"

#include "base/ascii.h"
#include "mail/encoding.h"
#include "portal/html_tags.h"
#include "portal/html_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace portal {

namespace {

constexpr std::string_view cid_scheme = "cid:";
constexpr std::size_t cid_bytes_max = 998;

int cid_hex_digit(char c) {
    if (base::is_digit(c)) return c - '0';
    const char low = base::to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// RFC 2392 §2: the id is escaped as in any address.
std::string decoded_id(std::string_view text) {
    const std::string entities = decoded_entities(text);
    std::string id;
    for (std::size_t i = 0; i < entities.size(); ++i) {
        const bool is_escape = entities[i] == '%' && i + 2 < entities.size() &&
                               cid_hex_digit(entities[i + 1]) >= 0 &&
                               cid_hex_digit(entities[i + 2]) >= 0;
        if (!is_escape) {
            id += entities[i];
            continue;
        }
        id +=
            static_cast<char>(cid_hex_digit(entities[i + 1]) * 16 + cid_hex_digit(entities[i + 2]));
        i += 2;
    }
    return id;
}

// One place where the HTML names an image of the mail.
struct Reference {
    std::size_t begin = 0;
    std::size_t end = 0;
    const mail::RelatedImage* image = nullptr;  // null: none of ours
};

// What an image may be called in HTML that has been disarmed, which changes ids, too.
struct Known {
    std::string id;
    std::string disarmed_id;
    const mail::RelatedImage* image = nullptr;
};

std::vector<Known> known_of(std::span<const mail::RelatedImage> images) {
    std::vector<Known> known;
    for (const mail::RelatedImage& image : images)
        known.push_back({image.content_id, disarmed(image.content_id), &image});
    return known;
}

bool begins_value(std::string_view html, std::size_t at) {
    if (at == 0) return false;
    constexpr std::string_view before = " \t\r\n\f=\"'(,";
    return before.find(html[at - 1]) != before.npos;
}

// The next at `from` or later; none when begin is the end of the HTML.
Reference next_reference(
    std::string_view html, std::size_t from, const std::vector<Known>& images
) {
    constexpr std::string_view ends = " \t\r\n\f\"'()<>,";
    for (std::size_t colon = html.find(':', from); colon != html.npos;
         colon = html.find(':', colon + 1)) {
        if (colon < from + cid_scheme.size() - 1) continue;
        const std::size_t begin = colon + 1 - cid_scheme.size();
        if (!base::equals_ignoring_case(html.substr(begin, cid_scheme.size()), cid_scheme))
            continue;
        if (!begins_value(html, begin)) continue;
        std::size_t end = colon + 1;
        while (end < html.size() && end - colon < cid_bytes_max && ends.find(html[end]) == ends.npos
        )
            ++end;
        const std::string id = decoded_id(html.substr(colon + 1, end - colon - 1));
        const auto found = std::ranges::find_if(images, [&](const Known& known) {
            return known.id == id || known.disarmed_id == id;
        });
        return {begin, end, found == images.end() ? nullptr : found->image};
    }
    return {html.size(), html.size(), nullptr};
}

std::string data_address(const mail::RelatedImage& image) {
    return fmt::format("data:{};base64,{}", image.type, mail::encode_base64(image.bytes));
}

}  // namespace

std::size_t inline_images_in(const std::string& html, std::span<const mail::RelatedImage> images) {
    if (images.empty()) return 0;
    const auto known = known_of(images);
    std::set<const mail::RelatedImage*> shown;
    std::size_t at = 0;
    while (at < html.size() && shown.size() < images.size()) {
        const Reference reference = next_reference(html, at, known);
        if (reference.image != nullptr) shown.insert(reference.image);
        at = reference.end;
    }
    return shown.size();
}

std::string with_inline_images(
    const std::string& disarmed_html,
    std::span<const mail::RelatedImage> images,
    std::size_t added_bytes_max
) {
    if (images.empty()) return disarmed_html;
    const auto known = known_of(images);
    const std::string_view html = disarmed_html;
    std::string result;
    std::size_t added = 0;
    std::size_t at = 0;
    while (at < html.size()) {
        const Reference reference = next_reference(html, at, known);
        result += html.substr(at, reference.begin - at);
        const bool fits = reference.image != nullptr &&
                          added + reference.image->bytes.size() / 3 * 4 < added_bytes_max;
        if (fits) {
            const std::string address = data_address(*reference.image);
            added += address.size();
            result += address;
        } else {
            result += html.substr(reference.begin, reference.end - reference.begin);
        }
        at = reference.end;
    }
    return result;
}

}  // namespace portal
