#pragma once

#include "base/result.h"
#include "conf/settings.h"

#include <string_view>

namespace conf {

// Where we listen: "127.0.0.1:25", "[::1]:25", port 0 for any free one. Error: invalid, with what
// to write instead.
base::Result<Endpoint> parse_listening(std::string_view text);

// Where we connect to: "127.0.0.1:25", "[::1]:25" or "mail.example.net:25". Error: as above.
base::Result<Endpoint> parse_destination(std::string_view text);

// "https://mail.example.net" or "http://127.0.0.1:8080": scheme, host and port, nothing behind.
// Gives the URL with scheme and host in lower case. Error: as above.
base::Result<std::string> parse_public_url(std::string_view text);

// "mail.example.net" or "mail.example.net:8443", as it stands in a Host header; lower case.
base::Result<std::string> parse_host(std::string_view text);

}  // namespace conf
