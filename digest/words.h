#pragma once

#include "base/clock.h"
#include "conf/time_zone.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace digest {

// One form for one thing and one for every other number; {n} is the number.
struct Counted {
    std::string_view one;
    std::string_view many;
    std::string of(std::uint64_t n) const;
};

// Everything that digests and their pages say, in one language. Texts in braces are named where
// they are filled in. A language is one file words_xx.cc and its line in words.cc.
struct Words {
    std::string_view language;  // BCP 47
    std::array<std::string_view, 7> days;
    std::array<std::string_view, 12> months;
    std::string_view date;  // {weekday} {day} {month} {year} {hour} {minute} {zone}
    std::string_view decimal_point;

    // The mail.
    Counted subject;
    Counted heading;
    std::string_view intro;
    Counted see_all;
    std::string_view show;
    std::string_view from;
    std::string_view to;
    std::string_view received;
    std::string_view why;
    std::string_view size;
    std::string_view no_subject;
    std::string_view no_sender;
    Counted more;
    std::string_view link_note;   // {date}
    std::string_view why_you;     // {product} {address}
    std::string_view change_how;  // {url}
    std::string_view support;

    // The page.
    std::string_view page_title;
    std::string_view page_intro;  // {address} {date}
    Counted page_count;
    std::string_view waits_until;  // {date}
    std::string_view release;
    std::string_view release_permit;
    std::string_view reject;
    std::string_view reject_block;
    std::string_view undo;
    std::string_view undo_all;
    std::string_view released_by;   // {who} {when}
    std::string_view delivered_by;  // {who} {when}
    std::string_view rejected_by;   // {who} {when}
    std::string_view reported_by;   // {who} {when}
    std::string_view expired;
    std::string_view failed;
    std::string_view gone;
    std::string_view act_on_all;
    std::string_view release_all;
    std::string_view reject_all;
    Counted confirm_release_all;
    Counted confirm_reject_all;
    std::string_view confirm;
    std::string_view cancel;
    std::string_view newer;
    std::string_view older;
    std::string_view sign_in;
    std::string_view revoke;
    std::string_view revoke_text;
    std::string_view confirm_revoke;

    // What has just happened, on top of the page.
    Counted done_release;
    std::string_view done_release_permit;
    Counted done_reject;
    std::string_view done_reject_block;
    Counted done_undo;
    std::string_view said_decided;
    std::string_view said_too_late;
    std::string_view said_not_listed;
    std::string_view said_refused;  // the sender could not be permitted or blocked

    // Instead of the page.
    std::string_view no_page_title;
    std::string_view no_page;
    std::string_view expired_title;
    std::string_view expired_page;
    std::string_view revoked_title;
    std::string_view revoked_page;
    std::string_view later_title;
    std::string_view later_page;
    std::string_view trouble_title;
    std::string_view trouble_page;

    // What the built-in rules say.
    std::string_view reason_not_one_from;
};

extern const Words english;
extern const Words german;

// One of conf::languages; English for any other.
const Words& words_in(std::string_view language);

// "Sat 21 Nov 2026, 20:03 UTC" as people there write it, in their time.
std::string date_text(const Words& words, const conf::TimeZone& zone, base::Time time);
// "45 KB".
std::string size_text(const Words& words, std::uint64_t bytes);
// A hold's reason in that language, where it is one of ours; the administrator's words otherwise.
std::string_view reason_text(const Words& words, std::string_view rule, std::string_view reason);

}  // namespace digest
