#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "quarantine/hold.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quarantine {

// Whose holds somebody may see and act on; becomes part of every WHERE. Made by accounts::reach_of,
// never from a request.
struct Reach {
    std::vector<std::string>
        owners;  // address keys that are the person's own (or that they act for): kind `user` only
    std::string moderator;    // address key: holds of kind `moderator` that name it; "" none
    bool everything = false;  // administrator
};

base::Result<void> add_hold(
    database::Transaction& transaction, std::int64_t mail_row, const NewHold& hold, base::Time now
);

enum class Scope { mine, moderated, all };
enum class Order { newest_first, oldest_first };

struct HoldFilter {
    Scope scope = Scope::mine;
    std::vector<HoldState> states = {HoldState::held};  // empty: any
    std::string search;  // words, all must occur in subject, from, to, reason or text (FTS5; quoted
                         // here, any input is safe)
    std::string subject;  // substring, without case
    std::string from;
    std::string to;
    std::string reason;
    std::string owner;                    // exactly this owner; "" any
    std::int64_t mails_up_to = 0;         // only of mails stored by then (newest_mail()); 0 any
    std::int64_t looked_at_max = 50'000;  // by one page, with substring filters, in each state
    Order order = Order::newest_first;
};

struct HoldPage {
    std::vector<Hold> holds;
    std::string next;         // cursor, "" at the end
    std::uint64_t total = 0;  // that match, counted up to 10'000; of a search or filter, to 1'000
    bool total_is_exact = true;
};

// Not counted: total is 0 and not exact.
enum class Total { counted, not_counted };
// Error invalid: a cursor that is not ours. `limit` 1-500. With substring filters a page looks at
// looked_at_max holds: it may be short or empty, and `next` goes on from there.
base::Result<HoldPage> list(
    database::Snapshot& snapshot,
    const Reach& reach,
    const HoldFilter& filter,
    std::string_view cursor,
    int limit,
    Total total = Total::counted
);

// The same page, ids only and nothing counted.
struct IdPage {
    std::vector<std::string> ids;
    std::string next;
};
base::Result<IdPage> list_ids(
    database::Snapshot& snapshot,
    const Reach& reach,
    const HoldFilter& filter,
    std::string_view cursor,
    int limit
);

// How many match, counted up to `most`; with substring filters at most five times as many are
// looked at.
struct HoldCount {
    std::uint64_t holds = 0;
    bool is_exact = true;
};
base::Result<HoldCount> count_matching(
    database::Snapshot& snapshot, const Reach& reach, const HoldFilter& filter, std::int64_t most
);
// The mark for HoldFilter::mails_up_to: what is stored from now on lies behind it.
base::Result<std::int64_t> newest_mail(database::Snapshot& snapshot);

// Foreign, missing and wrong ids are all not_found.
base::Result<Hold> find(database::Snapshot& snapshot, const Reach& reach, std::string_view id);
base::Result<std::vector<HoldEvent>> history(database::Snapshot& snapshot, std::string_view id);

// The acts. Each is one UPDATE … WHERE state='held' and within reach: exactly one caller wins. A
// failed one, which could not be delivered, may be decided once more in the same way. Errors:
// not_found (missing or out of reach), conflict ("already released by a@b.test at …").
struct Actor {
    std::string name;  // address key for the history, or "postern"
    Reach reach;
};

// Puts it into the outbox, due at `due` (now + undo window, or now).
base::Result<void> release(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    base::Time now,
    base::Time due
);
base::Result<void> reject(
    database::Transaction& transaction, const Actor& actor, std::string_view id, base::Time now
);
// State reported; `outbox_row` is the report mail in the outbox so that undo can take it back (0:
// none).
base::Result<void> report(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    std::int64_t outbox_row,
    base::Time now
);
// Back to held, when nothing has left yet: within `window` of the decision, by the same actor, and
// the courier has not begun. conflict otherwise.
base::Result<void> undo(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    base::Time now,
    std::chrono::milliseconds window
);

struct Expiry {
    std::uint64_t expired = 0;
    std::uint64_t removed_mails = 0;  // whose bytes were let go
    bool rests = false;               // the clock has jumped: nothing was done
};
// Ends held and failed ones past expires_at and removes ended ones (with their history) once
// `keep_decided` has passed since the decision, at most `batch` of each a call; then the bytes
// nobody refers to, a bounded number of chunks a call. An expired hold keeps its facts, but neither
// bytes nor text. When the clock has jumped more than a day since the last call (kept in the
// store), in either direction, nothing is done but noting the time, in this call and for a day
// after it: a wrong clock can be mended before it costs a mail, and a gateway that was off expires
// a day later.
base::Result<Expiry> expire(
    database::Transaction& transaction,
    base::Time now,
    int batch,
    std::chrono::milliseconds keep_decided = std::chrono::days(14)
);

// What was refused for somebody: properties only.
struct Rejected {
    base::Time at;
    std::string recipient;  // key
    std::string sender;
    std::string header_from;
    std::string subject;
    std::string rule;
    std::string reason;
    std::string client;
    std::string mail_id;
};
// Keeps the newest 1000 of a recipient and the newest 500'000 of all.
base::Result<void> add_rejected(database::Transaction& transaction, const Rejected& rejected);
struct RejectedPage {
    std::vector<Rejected> rejected;
    std::string next;
};
// Newest first. `search` is part of the sender, header From, subject or reason, case apart; "" is
// everything.
base::Result<RejectedPage> list_rejected(
    database::Snapshot& snapshot,
    const Reach& reach,
    std::string_view search,
    std::string_view cursor,
    int limit
);
base::Result<std::uint64_t> expire_rejected(
    database::Transaction& transaction, base::Time before, int batch
);

}  // namespace quarantine
