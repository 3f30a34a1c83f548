#include "quarantine/hold_store.h"

#include "quarantine/hold_rows.h"
#include "quarantine/reach.h"
#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr int row_number_bits = 20;

// The next free row of that millisecond.
Result<std::int64_t> next_row(database::Snapshot& snapshot, std::int64_t received_at) {
    const std::int64_t first = std::max<std::int64_t>(received_at, 0) << row_number_bits;
    const std::int64_t last = first + (std::int64_t{1} << row_number_bits) - 1;
    auto taken = first_row(
        snapshot,
        "SELECT max(row) FROM hold WHERE row BETWEEN ? AND ?",
        {first, last},
        [&](const database::Rows& rows) { return rows.is_null(0) ? first - 1 : rows.integer(0); }
    );
    if (!taken) return failure(std::move(taken.error()));
    const std::int64_t next = taken->value_or(first - 1) + 1;
    if (next > last) return failure(ErrorKind::limit, "a million holds in one millisecond");
    return next;
}

Result<void> add_moderators(
    database::Transaction& transaction, std::int64_t row, const NewHold& hold
) {
    if (hold.kind != mail::HoldKind::moderator) return {};
    for (const auto& moderator : hold.moderators) {
        auto added = transaction.execute(
            "INSERT OR IGNORE INTO hold_moderator(moderator, state, hold) VALUES(?, 'held', ?)",
            {moderator.key(), row}
        );
        if (!added) return failure(added.error(), "naming a moderator");
    }
    return {};
}

}  // namespace

Result<void> add_hold(
    database::Transaction& transaction, std::int64_t mail_row, const NewHold& hold, base::Time now
) {
    auto received_at = first_row(
        transaction, "SELECT received_at FROM mail WHERE row = ?", {mail_row}, first_integer
    );
    if (!received_at) return failure(std::move(received_at.error()));
    if (!*received_at) return failure(ErrorKind::not_found, "no mail {} to hold", mail_row);
    auto row = next_row(transaction, **received_at);
    if (!row) return failure(std::move(row.error()));
    auto added = transaction.execute(
        "INSERT INTO hold(row, id, mail, owner, kind, state, expires_at, recipient, notify, "
        "original_recipient, rule, reason, trace, added_fields) "
        "VALUES(?,?,?,?,?,'held',?,?,?,?,?,?,?,?)",
        {*row,
         hold.id,
         mail_row,
         hold.recipient.address.key(),
         mail::name_of(hold.kind),
         to_column(hold.expires_at),
         hold.recipient.address.text(),
         hold.recipient.notify,
         clean_text(hold.recipient.original_recipient),
         clean_text(hold.rule),
         clean_text(hold.reason),
         clean_text(hold.trace),
         hold.added_fields}
    );
    if (!added) return failure(added.error(), "storing a hold");
    if (auto done = add_moderators(transaction, *row, hold); !done) return done;
    if (auto done = add_to_search(transaction, *row); !done) return done;
    return add_event(transaction, *row, {now, "postern", "held", hold.reason});
}

Result<Hold> find(database::Snapshot& snapshot, const Reach& reach, std::string_view id) {
    Values values;
    const std::string sql = fmt::format(
        "SELECT {}, h.trace, m.client, m.helo, m.message_id FROM hold h JOIN mail m "
        "ON m.row = h.mail WHERE h.id = {} AND {}",
        hold_columns,
        values.add(std::string(id)),
        within_reach(reach, "h", values)
    );
    auto rows = snapshot.query(sql, values.all());
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    if (!*found) return failure(ErrorKind::not_found, "no hold {}", id);
    auto hold = read_hold(*rows);
    if (!hold) return hold;
    hold->trace = rows->text(hold_column_count);
    hold->client = rows->text(hold_column_count + 1);
    hold->helo = rows->text(hold_column_count + 2);
    hold->message_id = rows->text(hold_column_count + 3);
    return hold;
}

Result<std::vector<HoldEvent>> history(database::Snapshot& snapshot, std::string_view id) {
    std::vector<HoldEvent> events;
    const database::Value values[] = {id};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        HoldEvent event;
        event.at = to_time(rows.integer(0));
        event.who = rows.text(1);
        event.act = rows.text(2);
        event.detail = rows.text(3);
        events.push_back(std::move(event));
        return {};
    };
    auto read = for_each_row(
        snapshot,
        "SELECT e.at, e.who, e.act, e.detail FROM hold h JOIN hold_event e ON e.hold = h.row "
        "WHERE h.id = ? ORDER BY e.row",
        values,
        keep
    );
    if (!read) return failure(std::move(read.error()));
    return events;
}

}  // namespace quarantine
