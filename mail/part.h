#pragma once

#include "mail/encoding.h"
#include "mail/header.h"
#include "mail/mime.h"

#include <string>
#include <vector>

namespace mail {

// What the header of one MIME part says about its content, and where that is ambiguous.
struct Part {
    std::string type;      // "text/plain", lower case
    std::string charset;   // of text; "" when not given
    std::string boundary;  // of a multipart; "" when there is none that can be used
    TransferEncoding encoding = TransferEncoding::identity;
    std::string disposition;  // "attachment", "inline", "" ...
    std::string name;         // as Attachment::name
    std::string extension;    // as Attachment::extension
    std::string content_id;
    std::vector<Ambiguity> ambiguities;

    bool is_multipart() const { return type.starts_with("multipart/"); }
    // A whole message that is walked into. Encoded ones stay closed (RFC 2046 §5.2.1 forbids them).
    bool is_message() const {
        return (type == "message/rfc822" || type == "message/global") &&
               encoding == TransferEncoding::identity;
    }
    // Shown as the mail's own text.
    bool is_shown_text() const {
        return (type == "text/plain" || type == "text/html") && disposition != "attachment" &&
               name.empty();
    }
};

// `default_type` is "text/plain", or "message/rfc822" inside multipart/digest (RFC 2046 §5.1.5).
Part read_part(const Header& header, std::string_view default_type);

}  // namespace mail
