#pragma once

#include "mail/reply.h"

#include <cstdint>
#include <string_view>

// The replies that outside scripts look for, and those that more than one file gives. Texts are for
// people who read a bounce; they say nothing about our inside.

namespace gateway::replies {

mail::Reply recipient_accepted();                    // 250 2.1.5
mail::Reply relaying_denied();                       // 550 5.7.1 not our domain
mail::Reply sender_blocked();                        // 550 5.7.1 personal block
mail::Reply routing_characters();                    // 550 5.1.3 '%', '!' or '@' in a local part
mail::Reply message_accepted(std::string_view id);   // 250 2.0.0 … <id>
mail::Reply bad_line_ends();                         // 550 5.5.2
mail::Reply message_too_large(std::uint64_t limit);  // 552 5.3.4
mail::Reply mail_loop();                             // 554 5.4.6
mail::Reply backend_unreachable();                   // 451 4.4.1
// A back end's 421 (or a code that makes no sense as an answer) for our own client: 451 4.4.1 with
// the same text.
mail::Reply not_ours(const mail::Reply& backend);
mail::Reply own_trouble();                           // 451 4.3.0
mail::Reply disk_full();                             // 452 4.3.1
mail::Reply needs_eight_bit_mime();                  // 554 5.6.3
mail::Reply needs_smtputf8();                        // 553 5.6.7
mail::Reply too_many_recipients();                   // 452 4.5.3
mail::Reply too_many_connections();                  // 421 4.7.0
mail::Reply command_timeout(std::string_view host);  // 421 4.4.2
mail::Reply shutting_down(std::string_view host);    // 421 4.3.2

}  // namespace gateway::replies
