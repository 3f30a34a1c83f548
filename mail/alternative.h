#pragma once

#include "base/clock.h"
#include "mail/address.h"

#include <string>

namespace mail {

// Mail that Postern writes itself for people to read in any mail program: the same content as plain
// text and as HTML (RFC 2046 §5.1.4). For the null envelope sender; its fields ask every automatic
// answer to stay away.
struct AlternativeMail {
    std::string from_name;  // UTF-8
    Address from;
    Address to;
    std::string subject;   // UTF-8
    std::string text;      // UTF-8, LF line ends
    std::string html;      // UTF-8, LF line ends, a whole document
    std::string language;  // of both, BCP 47
    std::string list_id;   // a domain name: what filters tell this kind of mail by (RFC 2919)
    std::string id;        // for Message-ID and the boundary
    std::string id_domain;
    base::Time at;
};

// The whole message with CRLF line ends, 7 bit whatever the texts hold, no line over 78 columns but
// for what cannot be folded.
std::string compose(const AlternativeMail& mail);

}  // namespace mail
