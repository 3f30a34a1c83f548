#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"
#include "quarantine/hold.h"
#include "quarantine/hold_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What this room still knows of one received mail, for whoever asks where it is. For
// administrators: nothing here looks at reach.

namespace quarantine {

// The ids of the mails that are, or were, held: by mail id or hold id; by owner, newest first. Each
// has an index.
base::Result<std::vector<std::string>> mail_ids_by_id(
    database::Snapshot& snapshot, std::string_view id
);
base::Result<std::vector<std::string>> mail_ids_of_owner(
    database::Snapshot& snapshot, std::string_view owner, base::Time since, int limit
);

// One page of a walk through all mails, oldest first: those with that envelope sender (without
// regard to ASCII case) or Message-ID (without its angle brackets). "" matches nothing.
struct MailPage {
    std::vector<std::string> mail_ids;
    std::int64_t next = 0;  // row to go on behind; 0 at the end
    base::Time last;        // when the last mail of the page was received
};
base::Result<MailPage> mails_matching(
    database::Snapshot& snapshot,
    std::string_view sender,
    std::string_view message_id,
    std::int64_t after
);

// With what find() fills in, oldest first.
base::Result<std::vector<Hold>> holds_of_mail(
    database::Snapshot& snapshot, std::string_view mail_id
);

struct WaitingMail {
    std::string recipient;
    std::string hold_id;  // "" for the copy of a mail that others hold
    int attempts = 0;
    base::Time due;
    bool is_being_sent = false;
};
base::Result<std::vector<WaitingMail>> waiting_of_mail(
    database::Snapshot& snapshot, std::string_view mail_id
);

// What the recipient's Rejected view says of that mail.
base::Result<std::optional<Rejected>> rejected_of(
    database::Snapshot& snapshot, std::string_view recipient, std::string_view mail_id
);

}  // namespace quarantine
