// Room: mail
// Covers: mail/mime.cc mail/mime_scan.cc mail/part.cc mail/parameters.cc mail/encoding.cc
// Covers: mail/charset.cc mail/html_text.cc
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/mime.h"

#include <cstddef>
#include <cstdint>

// Every attachment that is found can be taken out and has the size that was said.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = mail::MessageBytes::of({reinterpret_cast<const char*>(data), size});
    const auto facts = mail::read_mime(message);
    base::ensure(facts.has_value(), "memory is always readable");
    base::ensure(base::is_utf8(facts->text), "the text is UTF-8");
    base::ensure(facts->parts >= 1, "a message is at least one part");
    for (const auto& attachment : facts->attachments) {
        base::ensure(base::is_utf8(attachment.name), "a name is UTF-8");
        base::ensure(
            attachment.name.find_first_of("/\\\r\n") == std::string::npos, "a name is no path"
        );
        base::ensure(base::is_utf8(attachment.extension), "an extension is UTF-8");
    }
    if (!facts->attachments.empty()) {
        const auto& last = facts->attachments.back();
        const auto bytes = mail::part_of(message, last.index, size);
        base::ensure(bytes && bytes->size() == last.size, "the size that was said");
    }
    const auto html = mail::html_of(message, 1000);
    base::ensure(html && html->size() <= 1000 && base::is_utf8(*html), "HTML is cut UTF-8");
    return 0;
}
