#include "portal/html_view.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portal {

namespace {

// What loses its meaning, and the word of the same length that takes its place. A tag is "<" and
// its name with nothing between, an attribute's name stands as it is: no entity and no encoding
// spells them another way (HTML §13.2.5.6, §13.2.5.33), and the text is UTF-8 by now.
struct Replacement {
    std::string_view lower;
    std::string_view by;
};
constexpr std::array<Replacement, 12> replacements = {{
    // Refresh, preconnect, DNS prefetch, a referrer policy of their own. <base> may stand in the
    // same places, and the policy forbids it to do anything.
    {"<meta", "<base"},
    {"<link", "<base"},
    // Chromium opens a connection to where a frame would go before it asks the policy.
    {"<iframe", "<xframe"},
    {"<frame", "<xrame"},
    {"<object", "<xbject"},
    {"<embed", "<xmbed"},
    {"<portal", "<xortal"},
    {"<fencedframe", "<xencedframe"},
    // A click would load another page into the frame, or this one with its images; the policy stops
    // a foreign page only after the connection. Animations could write the attribute back.
    {"href", "hrex"},
    {"<animate", "<xnimate"},
    {"<set", "<xet"},
    {"referrerpolicy", "referrerpolicx"},
}};

// What an attribute or a style may stand before when it names something elsewhere.
bool is_remote_reference(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '"' || text.front() == '\'' ||
                             text.front() == '\t' || text.front() == '\n')) {
        text.remove_prefix(1);
    }
    return base::starts_with_ignoring_case(text, "http:") ||
           base::starts_with_ignoring_case(text, "https:") || text.starts_with("//");
}

}  // namespace

std::string disarmed(std::string html) {
    const std::string_view text = html;
    for (std::size_t at = 0; at < html.size(); ++at) {
        const char first = base::to_lower(html[at]);
        for (const Replacement& replacement : replacements) {
            if (first != replacement.lower.front()) continue;
            if (!base::starts_with_ignoring_case(text.substr(at), replacement.lower)) continue;
            std::copy(replacement.by.begin(), replacement.by.end(), html.data() + at);
        }
    }
    return html;
}

bool has_remote_images(std::string_view html) {
    static constexpr std::array<std::string_view, 5> before = {
        "src=", "srcset=", "background=", "poster=", "url("
    };
    for (std::string_view mark : before) {
        std::size_t at = base::find_ignoring_case(html, mark, 0);
        for (; at != html.npos; at = base::find_ignoring_case(html, mark, at + mark.size())) {
            if (is_remote_reference(html.substr(at + mark.size()))) return true;
        }
    }
    return false;
}

Response html_response(std::string disarmed_html, RemoteImages images) {
    Response response;
    response.set("Content-Type", "text/html; charset=utf-8");
    std::string policy =
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; img-src data:";
    if (images == RemoteImages::load) policy += " http: https:";
    response.set("Content-Security-Policy", policy);
    response.set("X-Frame-Options", "SAMEORIGIN");
    // Links in the mail must not tell their DNS servers that it has been opened.
    response.set("X-DNS-Prefetch-Control", "off");
    response.body = std::move(disarmed_html);
    return response;
}

}  // namespace portal
