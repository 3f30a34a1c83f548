#include "portal/html_view.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portal {

namespace {

std::size_t find_ignoring_case(std::string_view text, std::string_view lower, std::size_t from) {
    const auto found = std::search(
        text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())),
        text.end(),
        lower.begin(),
        lower.end(),
        [](char a, char b) { return base::to_lower(a) == b; }
    );
    return found == text.end() ? text.npos : static_cast<std::size_t>(found - text.begin());
}

void replace_all(std::string& text, std::string_view lower, std::string_view by) {
    std::size_t at = find_ignoring_case(text, lower, 0);
    while (at != text.npos) {
        text.replace(at, lower.size(), by);
        at = find_ignoring_case(text, lower, at + by.size());
    }
}

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
    // A tag begins with "<" and its name, nothing between; no encoding or entity spells it another
    // way (HTML §13.2.5.6).
    replace_all(html, "<meta", "<base");
    replace_all(html, "<link", "<base");
    replace_all(html, "referrerpolicy", "data-no-policy");
    return html;
}

bool has_remote_images(std::string_view html) {
    static constexpr std::array<std::string_view, 6> before = {
        "src=",
        "srcset=",
        "background=",
        "poster=",
        "href=",  // of <image> in SVG; links are told apart below
        "url(",
    };
    for (std::string_view mark : before) {
        std::size_t at = find_ignoring_case(html, mark, 0);
        for (; at != html.npos; at = find_ignoring_case(html, mark, at + mark.size())) {
            if (!is_remote_reference(html.substr(at + mark.size()))) continue;
            if (mark != "href=") return true;
            const std::size_t open = html.rfind('<', at);
            if (open != html.npos && base::starts_with_ignoring_case(html.substr(open), "<image")) {
                return true;
            }
        }
    }
    return false;
}

Response html_response(std::string html, RemoteImages images) {
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
    response.body = disarmed(std::move(html));
    return response;
}

}  // namespace portal
