#include "gateway/smtp_replies.h"

#include <fmt/format.h>

namespace gateway::replies {

using mail::EnhancedCode;
using mail::Reply;

Reply recipient_accepted() {
    return {250, EnhancedCode{2, 1, 5}, "Recipient accepted"};
}

Reply relaying_denied() {
    return {550, EnhancedCode{5, 7, 1}, "We do not take mail for this domain"};
}

Reply sender_blocked() {
    return {550, EnhancedCode{5, 7, 1}, "The recipient does not accept mail from this sender"};
}

Reply routing_characters() {
    return {550, EnhancedCode{5, 1, 3}, "A local part with '%', '!' or '@' is not accepted here"};
}

Reply message_accepted(std::string_view id) {
    return {250, EnhancedCode{2, 0, 0}, fmt::format("Message accepted as {}", id)};
}

Reply bad_line_ends() {
    return {
        550,
        EnhancedCode{5, 5, 2},
        "The message has a bare CR, a bare LF or a NUL; lines end with CR LF"
    };
}

Reply message_too_large(std::uint64_t limit) {
    return {
        552,
        EnhancedCode{5, 3, 4},
        fmt::format("The message is larger than the {} bytes that are accepted", limit)
    };
}

Reply mail_loop() {
    return {554, EnhancedCode{5, 4, 6}, "The message has passed too many servers; mail loop?"};
}

Reply backend_unreachable() {
    return {
        451, EnhancedCode{4, 4, 1}, "The mail server behind this gateway does not answer; try later"
    };
}

Reply not_ours(const Reply& backend) {
    return Reply::multi_line(451, EnhancedCode{4, 4, 1}, backend.lines());
}

Reply own_trouble() {
    return {451, EnhancedCode{4, 3, 0}, "Trouble on our side; try again later"};
}

Reply disk_full() {
    return {452, EnhancedCode{4, 3, 1}, "Not enough room on our side; try again later"};
}

Reply needs_eight_bit_mime() {
    return {
        554,
        EnhancedCode{5, 6, 3},
        "The recipient's server does not accept 8-bit messages (8BITMIME)"
    };
}

Reply needs_smtputf8() {
    return {
        553,
        EnhancedCode{5, 6, 7},
        "The recipient's server does not accept internationalised addresses (SMTPUTF8)"
    };
}

Reply too_many_recipients() {
    return {452, EnhancedCode{4, 5, 3}, "Too many recipients; send the others in another message"};
}

Reply too_many_connections() {
    return {421, EnhancedCode{4, 7, 0}, "Too many connections from your address; try again later"};
}

Reply command_timeout(std::string_view host) {
    return {421, EnhancedCode{4, 4, 2}, fmt::format("{} waited too long; closing", host)};
}

Reply shutting_down(std::string_view host) {
    return {421, EnhancedCode{4, 3, 2}, fmt::format("{} is stopping; try again later", host)};
}

}  // namespace gateway::replies
