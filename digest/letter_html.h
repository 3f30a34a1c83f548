#pragma once

#include "conf/settings.h"
#include "digest/letter.h"

#include <cstddef>
#include <string>

namespace digest {

// What stands at the end of both parts of a mail.
struct Closing {
    std::string link_note;
    std::string why_you;
    std::string account_url;
    std::string support_text;
    std::string support_url;
};
Closing closing_of(const Letter& letter, const conf::Settings& settings);

struct HtmlLetter {
    std::string html;
    std::size_t listed = 0;  // holds, from the first
};
// At most `bytes_max` bytes, and at least one hold. Tables and inline styles for Outlook, a style
// sheet for what others know beyond that: dark mode and narrow screens. No image, no font, nothing
// from elsewhere.
HtmlLetter html_of(const Letter& letter, const conf::Settings& settings, std::size_t bytes_max);

}  // namespace digest
