#pragma once

#include "portal/http_message.h"

#include <string>
#include <string_view>

// The HTML of a held mail, for a frame without scripts. It is attacker content: the frame's sandbox
// and the policy sent with it hold it, not a sanitiser, because a sanitiser and a browser may
// disagree about what a piece of HTML is.

namespace portal {

enum class RemoteImages { keep_out, load };

// What neither sandbox nor policy stops is made harmless in place, by words of the same length:
// frames (a browser connects to where they lead before it asks the policy), links (a click would
// turn the frame into another page), refresh, preconnect, and what weakens the referrer policy.
// Linear in the length. The page only has to look right, not to work.
std::string disarmed(std::string html);

// True when something in it would be loaded from elsewhere. May say so once too often.
bool has_remote_images(std::string_view html);

// `disarmed_html` in UTF-8. Says what it is and which policy holds it; everything else is the
// caller's.
Response html_response(std::string disarmed_html, RemoteImages images);

}  // namespace portal
