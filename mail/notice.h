#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "mail/address.h"
#include "mail/message_bytes.h"

#include <string>
#include <string_view>
#include <vector>

namespace mail {

// Mail that Postern writes itself: always the null envelope sender, Auto-Submitted (RFC 3834), one
// text part in UTF-8 and, for a report, the original as message/rfc822, byte for byte.
struct Notice {
    std::string from_domain;  // postern@<this>
    Address to;
    std::string subject;  // UTF-8
    std::string text;     // UTF-8, LF line ends
    std::string id;       // for Message-ID
    base::Time at;
};

// Without an attachment.
std::string compose(const Notice& notice);

// With `original` attached as message/rfc822 (RFC 2046 §5.2.1); 8bit or binary is declared as the
// original needs it, and the boundary does not occur in it. Streams: needs no memory for the
// original.
base::Result<MessageBytes> compose_with_original(
    const Notice& notice, const MessageBytes& original, const SpoolSettings& spool
);

}  // namespace mail
