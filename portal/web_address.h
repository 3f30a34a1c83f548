#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portal {

// Where a link of a mail really leads, read as browsers read it (url.spec.whatwg.org) as far as it
// decides about the host: backslashes, blanks and line ends inside, names before an "@", numbers as
// hosts.
struct WebAddress {
    std::string scheme;        // "https", lower case
    std::string host;          // A-labels, an IPv4 number or "[…]"; "" when there is none
    std::string host_unicode;  // as people read it; "" when it is the same
    bool has_user = false;     // something stands before an "@", which people take for the host
};

// None: no scheme, or a host that leads nowhere. mailto: has the domain of its first address.
std::optional<WebAddress> web_address_of(std::string_view url);

// The host that somebody who reads `text` expects to get to: of an address with a scheme or "www.",
// of a bare domain ("bank.example/login"), of a mail address. "" when it looks like none of them.
std::string host_in_text(std::string_view text);

// Whether the two belong to one registered domain: "www.bank.example" and "login.bank.example".
bool is_same_site(std::string_view host, std::string_view other);

}  // namespace portal
