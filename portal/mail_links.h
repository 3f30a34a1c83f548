#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// One link of a held mail, with where it really leads.
struct MailLink {
    std::string text;          // what the person reads, on one line; "" for a link without words
    std::string url;           // as the mail has it, without blanks and control characters
    std::string host;          // A-labels; "" for what leads to no host
    std::string host_unicode;  // when people read the host otherwise; else ""
    bool differs = false;      // the text looks like another address than the one it leads to
};

inline constexpr std::size_t links_max = 200;

// The links of the HTML (<a>, <area>, and where its forms go), then the web addresses of the plain
// text that none of them shows, each once. Both are valid UTF-8; linear time.
std::vector<MailLink> links_of(std::string_view text, std::string_view html);

inline constexpr std::size_t image_hosts_max = 20;

// The hosts from which the HTML would load images and the like, each once, in its order. CSS that
// hides an address behind escapes is not seen through.
std::vector<std::string> remote_image_hosts(std::string_view html);

}  // namespace portal
