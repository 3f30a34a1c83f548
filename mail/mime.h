#pragma once

#include "base/result.h"
#include "mail/message_bytes.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mail {

// A leaf part that is not shown as the mail's own text: what a person calls an attachment (inline
// images count).
struct Attachment {
    int index = 0;  // position among all leaf parts, stable for this message
    std::string
        name;  // decoded, valid UTF-8, no path, no control characters; "" when there is none
    std::string
        extension;  // lower case, without dot; of `name` after trailing dots and blanks are removed
    std::string declared_type;  // "application/pdf", lower case
    std::string content_id;     // without <>
    std::uint64_t size = 0;     // decoded bytes
    bool is_inline = false;
};

// Places where mail readers disagree about what the message holds; attackers live there. Names are
// stable: rules and the portal use them.
enum class Ambiguity {
    duplicate_content_type,
    duplicate_transfer_encoding,
    malformed_header,
    odd_boundary,  // missing, empty, over 70 characters, never closed, or nested ones that prefix
                   // each other
    unknown_encoding,  // Content-Transfer-Encoding nobody defined, not as it is usually written, or
                       // encoded multipart
    broken_encoding,   // base64 or quoted-printable with mistakes (mail/mime_encoding_watch.h)
    names_differ,      // filename and name say different things, one is given twice, or one has
                       // control characters, raw bytes that are no text or broken encoded words
    raw_nul,
    uuencode_in_text,
    partial_message,  // message/partial, message/external-body
    too_deep,
    too_many_parts,
    header_too_long,
    not_one_from  // not exactly one From field with exactly one address (RFC 5322 §3.6)
};
std::string_view name_of(Ambiguity ambiguity);
std::string_view explain(Ambiguity ambiguity);  // one sentence for people

struct MimeLimits {
    int depth_max = 100;
    int parts_max = 10'000;
    std::size_t text_bytes_max = 512 * 1024;  // of text kept for view and search
};

// What is known of a message's structure. Reading takes linear time and bounded memory, whatever
// comes.
struct MimeFacts {
    std::vector<Attachment> attachments;
    std::vector<Ambiguity> ambiguities;  // each at most once
    std::string text;  // the text to show: text/plain parts, else HTML with its tags taken away;
                       // valid UTF-8, LF ends
    bool text_truncated = false;
    bool has_html = false;
    int parts = 0;
};

base::Result<MimeFacts> read_mime(
    const MessageBytes& message, const MimeLimits& limits = MimeLimits()
);

// The first HTML part, decoded to UTF-8, cut at `bytes_max`; "" when there is none. It is attacker
// content: only for a sandboxed frame.
base::Result<std::string> html_of(const MessageBytes& message, std::size_t bytes_max);

// The decoded bytes of leaf part `index`. Error: not_found, limit (more than bytes_max).
base::Result<std::string> part_of(const MessageBytes& message, int index, std::size_t bytes_max);

}  // namespace mail
