#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The record of what people asked for: acts on holds they named, which can be taken back for some
// seconds, and jobs on all that match a filter, which may take minutes. Who keeps it here goes on
// after a crash where it stopped: what was done to a hold and the progress are one transaction.
// Nothing here decides about a hold.

namespace quarantine {

// running -> ending -> done | cancelled | failed -> undoing -> undone. `ending`: nothing more is
// done to holds, what they released is given its time to leave.
enum class ActState { running, ending, undoing, done, cancelled, failed, undone };
std::string_view name_of(ActState state);
std::optional<ActState> act_state_named(std::string_view name);
bool is_at_work(ActState state);

struct ActRecord {
    std::int64_t row = 0;
    std::string id;
    bool is_job = false;
    std::string who;  // address key
    ActState state = ActState::running;
    std::string plan;      // JSON: what is to be done; never changes
    std::string progress;  // JSON: how far it is
    base::Time started_at;
    std::optional<base::Time> finished_at;
    std::optional<base::Time> undo_until;
};

// Adds `act` (its row is ignored) and removes what is no longer needed of the same person's older
// ones. Error conflict: it is a job and one of theirs is at work; the text is that job's id.
base::Result<std::int64_t> add_act(database::Transaction& transaction, const ActRecord& act);
// Of this person, by id. Error: not_found, also for those of others.
base::Result<ActRecord> find_act(
    database::Snapshot& snapshot, std::string_view who, std::string_view id
);
base::Result<ActRecord> act_in_row(database::Snapshot& snapshot, std::int64_t row);
// Newest first.
base::Result<std::vector<ActRecord>> jobs_of(
    database::Snapshot& snapshot, std::string_view who, int limit
);
// The rows of those at work, jobs and others, oldest first.
base::Result<std::vector<std::int64_t>> acts_at_work(database::Snapshot& snapshot);
// State, progress, finished_at and undo_until as they stand in `act`.
base::Result<void> save_act(database::Transaction& transaction, const ActRecord& act);
// For a start: acts on named holds that were cut short are `ending`. Whoever asked never heard of
// them; what they did stays. Jobs go on.
base::Result<void> end_cut_short(database::Transaction& transaction);

// Notes that the act decided this hold at `at`, as the hold itself says.
base::Result<void> note_done(
    database::Transaction& transaction,
    std::int64_t act,
    std::string_view hold_id,
    base::Time at,
    std::string_view effect
);
struct DoneHold {
    std::int64_t hold = 0;  // row
    std::string hold_id;    // "" when the hold is gone
    std::string effect;
    bool stands = false;  // the hold's last decision is still this act's
};
// The next of them, at most `limit`; what is taken back or given up is then forgotten, up to and
// with the last.
base::Result<std::vector<DoneHold>> done_holds(
    database::Snapshot& snapshot, std::int64_t act, int limit
);
base::Result<void> forget_done(
    database::Transaction& transaction, std::int64_t act, std::int64_t last_hold
);

// Everything the act released or reported that has not begun to leave becomes due at `due`: the
// next `limit` holds behind the row `after`. Gives the last row, or none when that was all.
base::Result<std::optional<std::int64_t>> set_due(
    database::Transaction& transaction,
    std::int64_t act,
    std::int64_t after,
    int limit,
    base::Time due
);

// Removes what nobody can ask for any more: of ended acts on named holds everything, of jobs first
// what they did and, `keep_jobs` after their end, the rest. At most `batch` rows of act_done a
// call.
base::Result<void> forget_acts(
    database::Transaction& transaction,
    base::Time now,
    int batch,
    std::chrono::milliseconds keep_jobs
);

}  // namespace quarantine
