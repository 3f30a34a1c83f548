#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/envelope.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace quarantine {

// What happens to a copy without a hold that cannot be delivered.
enum class IfRefused {
    hold_and_tell,  // it is kept for the administrator, and the recipient gets a notice
    hold,           // the same without the notice: it is one
    drop            // nothing is lost by it: a digest's mails stay where they are
};

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
    IfRefused if_refused = IfRefused::hold_and_tell;
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
    IfRefused if_refused = IfRefused::hold_and_tell;
};

struct Due {
    std::vector<Outgoing> rows;
    // A sentence for each row that cannot be read. It stays and is looked at again in an hour, so
    // that it keeps nothing else from going out.
    std::vector<std::string> unreadable;
};
// True when a mail for this recipient may go out now. Called on the writer's thread.
using Wanted = std::function<bool(const mail::Address& recipient)>;
// Takes at most `limit` due rows, oldest first, of those that are `wanted` (without it: all): marks
// them as being sent (so that undo and a second courier keep off) and gives them. Rows left marked
// by a crash are freed by free_all() at start.
base::Result<Due> take_due(
    database::Transaction& transaction, base::Time now, int limit, const Wanted& wanted = {}
);
base::Result<void> free_all(database::Transaction& transaction);

// The wall clock was set back by `step`: what waits keeps its distance from now, and its age.
base::Result<void> follow_clock_back(
    database::Transaction& transaction, std::chrono::milliseconds step
);
// For the start, when nobody knows what the clock did meanwhile: nothing waits longer than that.
base::Result<void> wait_no_longer_than(
    database::Transaction& transaction, base::Time now, std::chrono::milliseconds longest
);
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

// For good, of what may be dropped: the row goes, and the mail with it.
base::Result<void> dropped(database::Transaction& transaction, const Outgoing& outgoing);

}  // namespace quarantine
