// Room: portal
// Covers: portal/mail_links.cc portal/html_tags.cc portal/web_address.cc portal/inline_images.cc
// Covers: mail/related_images.cc mail/confusables.cc
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/confusables.h"
#include "mail/related_images.h"
#include "portal/html_view.h"
#include "portal/inline_images.h"
#include "portal/mail_links.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

void check(const portal::MailLink& link) {
    base::ensure(base::is_utf8(link.text) && link.text.size() <= 300, "a short text");
    base::ensure(base::is_utf8(link.url) && link.url.size() <= 2000, "a short address");
    for (const char c : link.url)
        base::ensure(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "no controls");
    for (const char c : link.host) base::ensure(c > ' ' && c < 0x7f, "a host is ASCII");
    base::ensure(link.host_unicode.empty() || link.host_unicode != link.host, "said once");
}

// Whatever the mail says, only bytes of its own images get into the HTML, as images.
void check_images(const std::string& input) {
    const auto found = mail::html_with_images(mail::MessageBytes::of(input), 64 * 1024);
    base::ensure(found.has_value(), "a mail in memory can be read");
    base::ensure(found->images.size() <= 20, "few images");
    for (const mail::RelatedImage& image : found->images)
        base::ensure(
            !image.type.empty() && image.type == mail::image_type_of(image.bytes), "an image"
        );
    const std::string html = portal::disarmed(found->html);
    const std::string shown = portal::with_inline_images(html, found->images, 100'000);
    base::ensure(shown.size() <= html.size() + 200'000 + 3 * input.size(), "bounded");
    const std::size_t count = portal::inline_images_in(found->html, found->images);
    base::ensure(count <= found->images.size(), "no more than there are");
    base::ensure(count > 0 || shown == html || found->html != html, "nothing without an image");
}

}  // namespace

// The input is a mail and, made valid, a text and HTML.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const std::string text = base::to_valid_utf8(input);
    const auto links = portal::links_of(text, text);
    base::ensure(links.size() <= portal::links_max, "a bounded number of links");
    for (const portal::MailLink& link : links) check(link);
    const auto hosts = portal::remote_image_hosts(text);
    base::ensure(hosts.size() <= portal::image_hosts_max, "a bounded number of hosts");
    for (const std::string& host : hosts) base::ensure(!host.empty(), "a host has a name");
    check_images(input);
    base::ensure(base::is_utf8(mail::skeleton(input)), "a skeleton is text");
    for (const std::string& word : mail::skeleton_words(text))
        base::ensure(!word.empty(), "a word has letters");
    return 0;
}
