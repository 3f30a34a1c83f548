#pragma once

#include "portal/http_message.h"

#include <string>
#include <string_view>

// The HTML of a held mail, for a frame without scripts. It is attacker content: the frame's sandbox
// and the policy sent with it hold it, not a sanitiser, because a sanitiser and a browser may
// disagree about what a piece of HTML is.

namespace portal {

enum class RemoteImages { keep_out, load };

// What neither sandbox nor policy stops is made harmless in place: `<meta>` and `<link>` become
// `<base>` (refresh, preconnect and DNS prefetch go with them, and the policy forbids `<base>` to
// do anything), attributes that weaken the referrer policy lose their name. The length stays.
std::string disarmed(std::string html);

// True when something in it would be loaded from elsewhere. May say so once too often.
bool has_remote_images(std::string_view html);

// `html` in UTF-8. Says what it is and which policy holds it; everything else is the caller's.
Response html_response(std::string html, RemoteImages images);

}  // namespace portal
