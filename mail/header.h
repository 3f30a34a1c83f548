#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "mail/address.h"
#include "mail/message_bytes.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail {

// One field as it stands in the message. `value` is unfolded and trimmed, raw bytes otherwise (RFC
// 5322 §2.2.3).
struct HeaderField {
    std::string name;
    std::string value;
};

// A mailbox of a header: the address is never decoded from encoded words, the name is (for people
// only).
struct HeaderMailbox {
    std::string display_name;        // valid UTF-8
    std::optional<Address> address;  // none when what stands there is not an address
};

// The header section of a message, in order. It does not look into MIME parts.
class Header {
  public:
    static constexpr std::size_t bytes_max = 256 * 1024;
    static constexpr std::size_t fields_max = 4096;  // more count as truncated

    // Reads up to the first empty line; a line ends at CRLF only. A line that is no field ends the
    // header section (what other parsers do) and sets malformed(); so does, without ending it, what
    // parsers read differently: a blank before the colon, a folded line of blanks alone, and a NUL,
    // bare CR or bare LF in a value. More than bytes_max or fields_max: truncated() is true and
    // what fits is given.
    static base::Result<Header> read(const MessageBytes& message);
    static Header parse(std::string_view bytes);

    const std::vector<HeaderField>& fields() const { return fields_; }
    bool malformed() const { return malformed_; }
    bool truncated() const { return truncated_; }

    std::size_t count(std::string_view name) const;  // names without case
    std::optional<std::string> first(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;

    // Encoded words decoded (RFC 2047), valid UTF-8, one line, for people: "" when there is none.
    std::string subject() const;
    // Every mailbox of every From field (RFC 5322 §3.6.2), groups flattened.
    std::vector<HeaderMailbox> from() const;
    // The text of To for people, decoded, cut at 1000 bytes.
    std::string to() const;
    std::string message_id() const;

  private:
    std::vector<HeaderField> fields_;
    bool malformed_ = false;
    bool truncated_ = false;
};

// The length of the field name a line begins with, 0 when the line is no field: printable ASCII
// without ':' up to a colon (RFC 5322 §3.6.8), blanks before the colon allowed (§4.5.8).
std::size_t field_name_length(std::string_view line);

// Decodes encoded words in unstructured text; never use it inside an address.
std::string decode_words(std::string_view value);
// "=?utf-8?…?= =?utf-8?…?=" where needed, for composing: words of at most 75 columns with spaces
// between them, so that header_field() (mail/received.h) can fold the field at 76.
std::string encode_words(std::string_view utf8);

// The mailboxes of an address list field value.
std::vector<HeaderMailbox> parse_mailboxes(std::string_view value);

// "Sat, 21 Nov 2026 20:03:47 +0000" (RFC 5322 §3.3).
std::string to_rfc5322_date(base::Time time);

}  // namespace mail
