#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/envelope.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quarantine {

// What we are responsible for and have to send: released holds, the deliver copies of mails with
// mixed verdicts, reports, notices. One row is one recipient.
struct NewOutgoing {
    std::int64_t mail_row = 0;
    mail::Recipient recipient;
    std::string hold_id;       // "" when no hold stands behind it
    std::string added_fields;  // on top, CRLF ends
    base::Time due;
    // For a deliver copy: what its hold shall say should it fail for good (it becomes a hold in
    // state `failed`, kind administrator).
    std::string rule;
    std::string reason;
};
// The row id. Error: disk_full, trouble.
base::Result<std::int64_t> add_outgoing(
    database::Transaction& transaction, const NewOutgoing& outgoing, base::Time now
);

struct Outgoing {
    std::int64_t row = 0;
    std::int64_t mail_row = 0;
    std::string mail_id;
    std::string hold_id;
    mail::Envelope envelope;  // sender and this one recipient
    std::string added_fields;
    int attempts = 0;
    base::Time first_due;
    std::string rule;  // of NewOutgoing
};

// Takes at most `limit` due rows: marks them as being sent (so that undo and a second courier keep
// off) and gives them. Rows left marked by a crash are freed by free_all() at start.
base::Result<std::vector<Outgoing>> take_due(
    database::Transaction& transaction, base::Time now, int limit
);
base::Result<void> free_all(database::Transaction& transaction);
// The earliest due time of what waits, or none.
base::Result<std::optional<base::Time>> next_due(database::Snapshot& snapshot);

// The back end said 2xx: the row goes, its hold becomes `delivered`.
base::Result<void> delivered(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view reply,
    base::Time now
);
// Another try at `next_attempt`.
base::Result<void> retry(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view why,
    base::Time now,
    base::Time next_attempt
);
// For good: the row goes, its hold becomes `failed` and stays (one is made when there was none).
// The caller adds the notice to the owner. Gives the hold's id.
base::Result<std::string> failed(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view why,
    base::Time now,
    base::Time hold_expires_at
);

}  // namespace quarantine
