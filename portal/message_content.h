#pragma once

#include "base/result.h"
#include "mail/header.h"
#include "mail/message_bytes.h"
#include "mail/mime.h"
#include "portal/mail_links.h"

#include <cstddef>
#include <string>
#include <vector>

namespace portal {

inline constexpr std::size_t html_bytes_max = 2 * 1024 * 1024;

// What the page of a held mail shows of it.
struct MessageContent {
    mail::Header header;
    mail::MimeFacts facts;
    bool has_remote_images = false;
    std::vector<std::string> remote_image_hosts;
    std::size_t inline_images = 0;  // that the mail brings and its HTML shows
    std::vector<MailLink> links;
};
base::Result<MessageContent> read_content(const mail::MessageBytes& bytes);

enum class InlineImages { leave_out, show };
// The HTML for a frame without scripts: disarmed, its own images in it when asked for. "": none.
base::Result<std::string> html_to_show(const mail::MessageBytes& bytes, InlineImages images);

}  // namespace portal
