#pragma once

#include "base/clock.h"
#include "conf/settings.h"
#include "digest/links.h"
#include "digest/recipients.h"
#include "digest/words.h"
#include "quarantine/hold.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The pages behind the links of digests, as HTML without script: nothing but facts of the mails,
// each with a form. What may be done is decided elsewhere.

namespace portal {

// What every page has around it.
struct DigestFrame {
    const conf::Settings& settings;
    const digest::Words& words;
};

struct DigestMail {
    digest::Item item;
    std::optional<quarantine::Hold> hold;  // none: gone, or not the recipient's any more
};

// What the page says first: what the last click came to.
struct DigestSaid {
    std::string text;  // "": nothing
    bool is_problem = false;
    bool offers_undo_all = false;
    std::string hold;  // which mail it is about; "": all
};

struct DigestView {
    std::string token;
    const digest::Link& link;
    const digest::Recipient& recipient;
    std::vector<DigestMail> mails;  // of this part
    std::int64_t first = 1;         // number of the first
    std::int64_t part = 100;        // how many there are on a page
    std::uint64_t open = 0;         // of the whole digest: that still wait
    DigestSaid said;
    base::Time now;
};

std::string digest_page(const DigestFrame& frame, const DigestView& view);

// Asks before something is done to all: `field` and `value` are what confirming posts.
struct DigestQuestion {
    std::string token;
    std::string_view question;
    std::string_view text;
    std::string_view field;
    std::string_view value;
};
std::string digest_question(const DigestFrame& frame, const DigestQuestion& question);

// Instead of the page, with the way to the sign-in.
std::string digest_refusal(const DigestFrame& frame, std::string_view title, std::string_view text);

// The style sheet of all of these.
std::string digest_style(const conf::Portal& settings);

}  // namespace portal
