#include "quarantine/act_book.h"

#include "quarantine/rows.h"

#include <array>
#include <utility>

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::int64_t jobs_kept_max = 20;  // of a person
constexpr std::int64_t acts_dropped_at_once = 50;

constexpr std::pair<ActState, std::string_view> act_state_names[] = {
    {ActState::running, "running"},
    {ActState::ending, "ending"},
    {ActState::undoing, "undoing"},
    {ActState::done, "done"},
    {ActState::cancelled, "cancelled"},
    {ActState::failed, "failed"},
    {ActState::undone, "undone"},
};

constexpr std::string_view act_columns =
    "row, id, is_job, who, state, plan, progress, started_at, finished_at, undo_until";

Result<ActRecord> read_act(const database::Rows& rows) {
    const auto state = act_state_named(rows.text(4));
    if (!state) return failure(ErrorKind::corrupt, "act {} has no state", rows.integer(0));
    ActRecord act;
    act.row = rows.integer(0);
    act.id = rows.text(1);
    act.is_job = rows.integer(2) != 0;
    act.who = rows.text(3);
    act.state = *state;
    act.plan = rows.text(5);
    act.progress = rows.text(6);
    act.started_at = to_time(rows.integer(7));
    if (!rows.is_null(8)) act.finished_at = to_time(rows.integer(8));
    if (!rows.is_null(9)) act.undo_until = to_time(rows.integer(9));
    return act;
}

database::Value time_or_null(std::optional<base::Time> time) {
    if (!time) return nullptr;
    return to_column(*time);
}

Result<ActRecord> one_act(
    database::Snapshot& snapshot,
    std::string_view where,
    std::initializer_list<database::Value> values
) {
    const std::string sql = fmt::format("SELECT {} FROM act WHERE {}", act_columns, where);
    auto found = first_row(snapshot, sql, values, read_act);
    if (!found) return failure(std::move(found.error()));
    if (!*found) return failure(ErrorKind::not_found, "no such act");
    return std::move(**found);
}

Result<void> drop_old(database::Transaction& transaction, const std::string& who, base::Time now) {
    // Those on named holds whose time is over; jobs beyond the newest.
    auto ended = transaction.execute(
        "DELETE FROM act WHERE row IN (SELECT row FROM act WHERE who = ?1 AND is_job = 0 "
        "AND undo_until < ?2 AND state NOT IN ('running', 'ending', 'undoing') LIMIT ?3)",
        {who, to_column(now), acts_dropped_at_once}
    );
    if (!ended) return failure(std::move(ended.error()));
    auto jobs = transaction.execute(
        "DELETE FROM act WHERE row IN (SELECT row FROM act WHERE who = ?1 AND is_job = 1 "
        "AND state NOT IN ('running', 'ending', 'undoing') ORDER BY row DESC LIMIT -1 OFFSET ?2)",
        {who, jobs_kept_max - 1}
    );
    if (!jobs) return failure(std::move(jobs.error()));
    return {};
}

}  // namespace

std::string_view name_of(ActState state) {
    for (const auto& [known, name] : act_state_names) {
        if (known == state) return name;
    }
    return "failed";
}

std::optional<ActState> act_state_named(std::string_view name) {
    for (const auto& [state, known] : act_state_names) {
        if (known == name) return state;
    }
    return std::nullopt;
}

bool is_at_work(ActState state) {
    return state == ActState::running || state == ActState::ending || state == ActState::undoing;
}

Result<std::int64_t> add_act(database::Transaction& transaction, const ActRecord& act) {
    if (act.is_job) {
        auto other = first_row(
            transaction,
            "SELECT id FROM act WHERE who = ? AND is_job = 1 "
            "AND state IN ('running', 'ending', 'undoing')",
            {act.who},
            [](const database::Rows& rows) { return std::string(rows.text(0)); }
        );
        if (!other) return failure(std::move(other.error()));
        if (*other) return failure(ErrorKind::conflict, "{}", **other);
    }
    if (auto done = drop_old(transaction, act.who, act.started_at); !done)
        return failure(std::move(done.error()));
    auto added = transaction.execute(
        "INSERT INTO act(id, is_job, who, state, plan, progress, started_at, finished_at, "
        "undo_until) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {act.id,
         std::int64_t{act.is_job ? 1 : 0},
         act.who,
         name_of(act.state),
         act.plan,
         act.progress,
         to_column(act.started_at),
         time_or_null(act.finished_at),
         time_or_null(act.undo_until)}
    );
    if (!added) return failure(added.error(), "noting an act");
    return transaction.last_inserted_id();
}

Result<ActRecord> find_act(
    database::Snapshot& snapshot, std::string_view who, std::string_view id
) {
    return one_act(snapshot, "id = ? AND who = ?", {id, who});
}

Result<ActRecord> act_in_row(database::Snapshot& snapshot, std::int64_t row) {
    return one_act(snapshot, "row = ?", {row});
}

Result<std::vector<ActRecord>> jobs_of(
    database::Snapshot& snapshot, std::string_view who, int limit
) {
    std::vector<ActRecord> jobs;
    const std::string sql = fmt::format(
        "SELECT {} FROM act WHERE who = ? AND is_job = 1 ORDER BY row DESC LIMIT ?", act_columns
    );
    const std::array<database::Value, 2> values = {who, std::int64_t{limit}};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        auto job = read_act(rows);
        if (!job) return failure(std::move(job.error()));
        jobs.push_back(std::move(*job));
        return {};
    };
    auto read = for_each_row(snapshot, sql, values, keep);
    if (!read) return failure(std::move(read.error()));
    return jobs;
}

Result<std::vector<std::int64_t>> acts_at_work(database::Snapshot& snapshot) {
    return integers(
        snapshot,
        "SELECT row FROM act WHERE state IN ('running', 'ending', 'undoing') ORDER BY row",
        {}
    );
}

Result<void> save_act(database::Transaction& transaction, const ActRecord& act) {
    auto saved = transaction.execute(
        "UPDATE act SET state = ?, progress = ?, finished_at = ?, undo_until = ? WHERE row = ?",
        {name_of(act.state),
         act.progress,
         time_or_null(act.finished_at),
         time_or_null(act.undo_until),
         act.row}
    );
    if (!saved) return failure(saved.error(), "noting how far an act is");
    if (*saved == 0) return failure(ErrorKind::not_found, "no act in row {}", act.row);
    return {};
}

Result<void> end_cut_short(database::Transaction& transaction) {
    auto ended =
        transaction.execute("UPDATE act SET state = 'ending' WHERE state = 'running' AND is_job = 0"
        );
    if (!ended) return failure(std::move(ended.error()));
    return {};
}

Result<void> note_done(
    database::Transaction& transaction,
    std::int64_t act,
    std::string_view hold_id,
    base::Time at,
    std::string_view effect
) {
    // The same hold may be decided again within one act only after an undo by somebody else.
    auto noted = transaction.execute(
        "INSERT OR REPLACE INTO act_done(act, hold, at, effect) "
        "SELECT ?1, row, ?3, ?4 FROM hold WHERE id = ?2",
        {act, hold_id, to_column(at), effect}
    );
    if (!noted) return failure(noted.error(), "noting what an act did");
    return {};
}

Result<std::vector<DoneHold>> done_holds(
    database::Snapshot& snapshot, std::int64_t act, int limit
) {
    std::vector<DoneHold> found;
    const std::array<database::Value, 2> values = {act, std::int64_t{limit}};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        found.push_back(
            {rows.integer(0),
             std::string(rows.text(1)),
             std::string(rows.text(2)),
             rows.integer(3) != 0}
        );
        return {};
    };
    auto read = for_each_row(
        snapshot,
        "SELECT d.hold, coalesce(h.id, ''), d.effect, coalesce(h.decided_at = d.at, 0) "
        "FROM act_done d LEFT JOIN hold h ON h.row = d.hold WHERE d.act = ? ORDER BY d.hold "
        "LIMIT ?",
        values,
        keep
    );
    if (!read) return failure(std::move(read.error()));
    return found;
}

Result<void> forget_done(
    database::Transaction& transaction, std::int64_t act, std::int64_t last_hold
) {
    auto forgotten =
        transaction.execute("DELETE FROM act_done WHERE act = ? AND hold <= ?", {act, last_hold});
    if (!forgotten) return failure(std::move(forgotten.error()));
    return {};
}

Result<std::optional<std::int64_t>> set_due(
    database::Transaction& transaction,
    std::int64_t act,
    std::int64_t after,
    int limit,
    base::Time due
) {
    auto last = first_row(
        transaction,
        "SELECT max(hold) FROM (SELECT hold FROM act_done WHERE act = ? AND hold > ? ORDER BY hold "
        "LIMIT ?)",
        {act, after, std::int64_t{limit}},
        [](const database::Rows& rows) {
            return rows.is_null(0) ? std::optional<std::int64_t>() : rows.integer(0);
        }
    );
    if (!last) return failure(std::move(last.error()));
    if (!*last || !**last) return std::optional<std::int64_t>();
    // A released hold's row in the outbox names it; a reported one names its row.
    constexpr std::string_view moves[] = {
        "UPDATE outbox SET due = ?1, first_due = ?1 WHERE is_being_sent = 0 AND attempts = 0 AND "
        "hold IN (SELECT hold FROM act_done WHERE act = ?2 AND hold > ?3 AND hold <= ?4)",
        "UPDATE outbox SET due = ?1, first_due = ?1 WHERE is_being_sent = 0 AND attempts = 0 AND "
        "row IN (SELECT h.report FROM act_done d JOIN hold h ON h.row = d.hold "
        "WHERE d.act = ?2 AND d.hold > ?3 AND d.hold <= ?4 AND h.report <> 0)",
    };
    for (const std::string_view move : moves) {
        auto moved = transaction.execute(move, {to_column(due), act, after, ***last});
        if (!moved) return failure(moved.error(), "setting when released mail leaves");
    }
    return std::optional<std::int64_t>(***last);
}

Result<void> forget_acts(
    database::Transaction& transaction,
    base::Time now,
    int batch,
    std::chrono::milliseconds keep_jobs
) {
    const auto run = [&](std::string_view sql,
                         std::initializer_list<database::Value> values) -> Result<void> {
        auto done = transaction.execute(sql, values);
        if (!done) return failure(done.error(), "forgetting acts");
        return {};
    };
    auto done = run(
        "DELETE FROM act_done WHERE (act, hold) IN (SELECT d.act, d.hold FROM act a "
        "JOIN act_done d ON d.act = a.row WHERE a.finished_at IS NOT NULL "
        "AND coalesce(a.undo_until, 0) < ?1 AND a.state NOT IN ('running', 'ending', 'undoing') "
        "LIMIT ?2)",
        {to_column(now), std::int64_t{batch}}
    );
    if (!done) return done;
    // What is left of an act is small once its holds are forgotten.
    return run(
        "DELETE FROM act WHERE row IN (SELECT a.row FROM act a WHERE a.finished_at < ?1 "
        "AND (a.is_job = 0 OR a.finished_at < ?2) AND coalesce(a.undo_until, 0) < ?1 "
        "AND a.state NOT IN ('running', 'ending', 'undoing') "
        "AND NOT EXISTS (SELECT 1 FROM act_done d WHERE d.act = a.row) LIMIT ?3)",
        {to_column(now), to_column(now - keep_jobs), std::int64_t{batch}}
    );
}

}  // namespace quarantine
