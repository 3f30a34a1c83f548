#pragma once

#include "conf/settings.h"
#include "portal/http_message.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// What the outside calls the portal, worked out once per reading of the settings.
struct Site {
    bool https = false;                // people come by TLS (public_url says so)
    std::vector<std::string> hosts;    // accepted Host values, lower case
    std::vector<std::string> origins;  // accepted Origin values, lower case
    std::string cookie;                // name of the session cookie
    std::string logo_tag;              // entity tag of the site's logo; "" when there is none
};

// `bound` is the address really listened on ("127.0.0.1:8080"); it is an accepted host when it is a
// loopback address. Without public_url it is the only one.
Site site_of(const conf::Portal& settings, std::string_view bound);

// The session token of the request; none when there is no cookie or its name stands twice.
std::optional<std::string> session_token(const Site& site, const Request& request);
// Values for Set-Cookie.
std::string session_cookie(const Site& site, std::string_view token, std::chrono::seconds age);
std::string ended_cookie(const Site& site);

// The address of the person's machine: the peer's or, when that is a reverse proxy on this machine
// (TLS ends somewhere, and it is not here), the last one the proxy has put into X-Forwarded-For.
// Anybody else can write there what they like, and is not believed.
std::string client_of(const Site& site, const Request& request);

// True when a state-changing request comes from a page of the portal: Origin is one of ours, or the
// browser says Sec-Fetch-Site: same-origin. Neither field: false.
bool is_from_our_pages(const Site& site, const Request& request);

// The fields that stand on every response, errors too. What the response says already stays.
void add_security_fields(const Site& site, Response& response);

}  // namespace portal
