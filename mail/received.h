#pragma once

#include "base/clock.h"
#include "mail/address.h"
#include "mail/ip_address.h"

#include <string>
#include <string_view>

namespace mail {

// What the Received field of this hop says (RFC 5321 §4.4).
struct Hop {
    std::string helo;  // as the client said it; cleaned here
    IpAddress client;
    std::string by;        // our host name
    std::string protocol;  // "SMTP", "ESMTP", "ESMTPS", "UTF8SMTP"... (RFC 3848, RFC 6531)
    std::string id;        // our id of the message, as in the 250 and in the log
    std::string tls;       // "TLSv1.3 TLS_AES_256_GCM_SHA384" or ""
    base::Time at;
};

// The whole field with folding and its last CRLF. With exactly one recipient `for_recipient` is
// named.
std::string received_field(const Hop& hop, const Address* for_recipient);

// "Name: value" folded at 76 columns where it has blanks, with CRLF. Control characters become
// spaces; a value that is not ASCII becomes encoded words (RFC 2047), so that the field may stand
// in any message.
std::string header_field(std::string_view name, std::string_view value);

}  // namespace mail
