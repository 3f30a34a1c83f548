#include "quarantine/hold_rows.h"
#include "quarantine/hold_store.h"
#include "quarantine/reach.h"
#include "quarantine/references.h"
#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

struct Decided {
    std::int64_t row = 0;
    std::int64_t mail = 0;
    HoldState state = HoldState::held;
    std::string by;
    std::int64_t at = 0;
    std::int64_t report = 0;
};

Result<Decided> find_decided(
    database::Snapshot& snapshot, const Reach& reach, std::string_view id
) {
    Values values;
    const std::string sql = fmt::format(
        "SELECT h.row, h.mail, h.state, h.decided_by, h.decided_at, h.report FROM hold h "
        "WHERE h.id = {} AND {}",
        values.add(std::string(id)),
        within_reach(reach, "h", values)
    );
    auto rows = snapshot.query(sql, values.all());
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    if (!*found) return failure(ErrorKind::not_found, "no hold {}", id);
    Decided decided;
    decided.row = rows->integer(0);
    decided.mail = rows->integer(1);
    decided.state = hold_state_named(rows->text(2)).value_or(HoldState::held);
    decided.by = rows->text(3);
    decided.at = rows->integer(4);
    decided.report = rows->integer(5);
    return decided;
}

base::Failure already_decided(const Decided& hold) {
    return failure(
        ErrorKind::conflict,
        "already {} by {} at {}",
        name_of(hold.state),
        hold.by.empty() ? "postern" : hold.by,
        base::to_rfc3339(to_time(hold.at))
    );
}

struct Decision {
    HoldState state;
    std::string_view from;  // SQL list of the states it may come from
    std::int64_t report = 0;
};

// The one UPDATE that decides: whoever changes the row has won. Gives the hold as it is now.
Result<Decided> decide(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    const Decision& decision,
    base::Time now
) {
    Values values;
    const std::string sql = fmt::format(
        "UPDATE hold AS h SET state = {}, decided_by = {}, decided_at = {}, report = {} "
        "WHERE h.id = {} AND h.state IN ({}) AND {}",
        values.add(std::string(name_of(decision.state))),
        values.add(actor.name),
        values.add(to_column(now)),
        values.add(decision.report),
        values.add(std::string(id)),
        decision.from,
        within_reach(actor.reach, "h", values)
    );
    auto changed = transaction.execute(sql, values.all());
    if (!changed) return failure(std::move(changed.error()));
    auto hold = find_decided(transaction, actor.reach, id);
    if (!hold) return hold;
    if (*changed == 0) return already_decided(*hold);
    auto noted = add_event(
        transaction, hold->row, {now, actor.name, std::string(name_of(decision.state)), ""}
    );
    if (!noted) return failure(std::move(noted.error()));
    return hold;
}

// Takes back what waits in the outbox, unless the courier has ever had it in hand.
Result<bool> take_back(database::Transaction& transaction, std::string_view sql, std::int64_t key) {
    auto taken = transaction.execute(sql, {key});
    if (!taken) return failure(std::move(taken.error()));
    return *taken == 1;
}

Result<void> take_back_report(database::Transaction& transaction, std::int64_t outbox_row) {
    auto mail = first_row(
        transaction, "SELECT mail FROM outbox WHERE row = ?", {outbox_row}, first_integer
    );
    if (!mail) return failure(std::move(mail.error()));
    auto taken = take_back(
        transaction,
        "DELETE FROM outbox WHERE row = ? AND is_being_sent = 0 AND attempts = 0",
        outbox_row
    );
    if (!taken) return failure(std::move(taken.error()));
    if (!*taken) return failure(ErrorKind::conflict, "the report has already been sent");
    auto removed = remove_mail_if_unreferenced(transaction, **mail);
    if (!removed) return failure(std::move(removed.error()));
    return {};
}

Result<void> take_back_effects(database::Transaction& transaction, const Decided& hold) {
    if (hold.state == HoldState::released) {
        auto taken = take_back(
            transaction,
            "DELETE FROM outbox WHERE hold = ? AND is_being_sent = 0 AND attempts = 0",
            hold.row
        );
        if (!taken) return failure(std::move(taken.error()));
        if (!*taken) return failure(ErrorKind::conflict, "it is already on its way");
    }
    if (hold.state == HoldState::reported && hold.report != 0)
        return take_back_report(transaction, hold.report);
    return {};
}

}  // namespace

Result<void> release(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    base::Time now,
    base::Time due
) {
    auto hold = decide(transaction, actor, id, {HoldState::released, "'held', 'failed'"}, now);
    if (!hold) return failure(std::move(hold.error()));
    auto queued = transaction.execute(
        "INSERT INTO outbox(mail, hold, recipient, notify, original_recipient, added_fields, rule, "
        "reason, made_at, first_due, due) SELECT mail, row, recipient, notify, original_recipient, "
        "added_fields, rule, reason, ?2, ?3, ?3 FROM hold WHERE row = ?1",
        {hold->row, to_column(now), to_column(due)}
    );
    if (!queued) return failure(queued.error(), "queueing a released mail");
    return {};
}

Result<void> reject(
    database::Transaction& transaction, const Actor& actor, std::string_view id, base::Time now
) {
    auto hold = decide(transaction, actor, id, {HoldState::rejected, "'held', 'failed'"}, now);
    if (!hold) return failure(std::move(hold.error()));
    return {};
}

Result<void> report(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    std::int64_t outbox_row,
    base::Time now
) {
    auto hold =
        decide(transaction, actor, id, {HoldState::reported, "'held', 'failed'", outbox_row}, now);
    if (!hold) return failure(std::move(hold.error()));
    return {};
}

Result<void> undo(
    database::Transaction& transaction,
    const Actor& actor,
    std::string_view id,
    base::Time now,
    std::chrono::milliseconds window
) {
    auto hold = find_decided(transaction, actor.reach, id);
    if (!hold) return failure(std::move(hold.error()));
    const bool can_be_undone = hold->state == HoldState::released ||
                               hold->state == HoldState::rejected ||
                               hold->state == HoldState::reported;
    if (hold->state == HoldState::held)
        return failure(ErrorKind::conflict, "nothing has been decided");
    if (!can_be_undone || hold->by != actor.name) return already_decided(*hold);
    if (now > to_time(hold->at) + window)
        return failure(ErrorKind::conflict, "the time to undo is over");
    if (auto done = take_back_effects(transaction, *hold); !done) return done;
    auto back = transaction.execute(
        "UPDATE hold SET state = 'held', decided_by = '', decided_at = NULL, report = 0 "
        "WHERE row = ?",
        {hold->row}
    );
    if (!back) return failure(std::move(back.error()));
    return add_event(
        transaction, hold->row, {now, actor.name, "undone", std::string(name_of(hold->state))}
    );
}

}  // namespace quarantine
