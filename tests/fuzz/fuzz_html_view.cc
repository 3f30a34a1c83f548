// Room: portal
// Covers: portal/html_view.cc portal/file_name.cc
#include "base/ascii.h"
#include "base/ensure.h"
#include "portal/file_name.h"
#include "portal/html_view.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What is shown of a held mail's HTML has none of the words left that sandbox and policy cannot
// hold, is as long as before, and does not change when it is disarmed again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const std::string html = portal::disarmed(input);
    base::ensure(html.size() == input.size(), "as long as before");
    base::ensure(portal::disarmed(html) == html, "nothing is left to disarm");
    const std::string lower = base::lower(html);
    for (const std::string_view word :
         {"<meta",
          "<link",
          "<iframe",
          "<frame",
          "<object",
          "<embed",
          "<portal",
          "<fencedframe",
          "href",
          "<animate",
          "<set",
          "referrerpolicy"})
        base::ensure(lower.find(word) == std::string::npos, word);
    base::ensure(
        portal::has_remote_images(html) == portal::has_remote_images(input),
        "disarming neither hides an image nor makes one"
    );

    const std::string name = portal::attachment_disposition(input, 7);
    for (const char c : name) base::ensure(c >= ' ' && c < 0x7f, "one header line of ASCII");
    base::ensure(name.find('/') == std::string::npos, "no path");
    base::ensure(name.find('\\') == std::string::npos, "no path of Windows");
    return 0;
}
