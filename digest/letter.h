#pragma once

#include "base/clock.h"
#include "conf/settings.h"
#include "digest/recipients.h"
#include "quarantine/hold.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace digest {

enum class Kind { digest, notice };
std::string_view name_of(Kind kind);

// What one mail tells one person.
struct Letter {
    const Recipient& recipient;
    std::vector<quarantine::Hold> holds;  // to be listed, newest first; at least one
    std::uint64_t total = 0;              // how many there are on the page
    std::string link;                     // of the page
    base::Time links_end;
};

struct LetterText {
    std::string subject;
    std::string text;
    std::string html;
};

// The longest HTML that is given: Gmail shows less than 102 KB of a mail, and the rest only on
// demand.
inline constexpr std::size_t html_bytes_max = 96 * 1000;

// Lists as many of the holds as fit, and says how many more the page has. Nothing in it is loaded
// from anywhere, and nothing a stranger wrote can be clicked.
LetterText compose(const Letter& letter, const conf::Settings& settings);

// A hold as mail and page name it: what strangers wrote is tamed and unlinked.
struct Shown {
    std::string subject;
    std::string sender;  // "News <news@letters.example>"
    std::string owner;
    std::string reason;
    std::string received;
    std::string size;
};
Shown shown(const Recipient& recipient, const quarantine::Hold& hold);

// The place of a hold on the page.
std::string anchor_of(std::string_view hold_id);

}  // namespace digest
