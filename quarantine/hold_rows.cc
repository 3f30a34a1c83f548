#include "quarantine/hold_rows.h"

#include "base/sha256.h"
#include "quarantine/rows.h"

namespace quarantine {

using base::failure;
using base::Result;

const std::string_view hold_columns =
    "h.id, h.mail, m.mail_id, h.owner, m.sender, m.header_from_name, m.header_from_address, "
    "m.header_to, m.subject, h.rule, h.reason, h.kind, h.state, m.received_at, h.expires_at, "
    "m.size, m.sha256, m.attachments, h.decided_by, h.decided_at, h.row";

Result<Hold> read_hold(const database::Rows& rows) {
    const auto kind = mail::hold_kind_named(rows.text(11));
    const auto state = hold_state_named(rows.text(12));
    if (!kind || !state)
        return failure(base::ErrorKind::corrupt, "hold {} has no kind or state", rows.text(0));
    Hold hold;
    hold.id = rows.text(0);
    hold.mail_row = rows.integer(1);
    hold.mail_id = rows.text(2);
    hold.owner = rows.text(3);
    hold.sender = rows.text(4);
    hold.header_from_name = rows.text(5);
    hold.header_from_address = rows.text(6);
    hold.to = rows.text(7);
    hold.subject = rows.text(8);
    hold.rule = rows.text(9);
    hold.reason = rows.text(10);
    hold.kind = *kind;
    hold.state = *state;
    hold.received_at = to_time(rows.integer(13));
    hold.expires_at = to_time(rows.integer(14));
    hold.size = static_cast<std::uint64_t>(rows.integer(15));
    hold.sha256 = base::to_hex(rows.blob(16));
    hold.attachments = static_cast<int>(rows.integer(17));
    hold.decided_by = rows.text(18);
    if (!rows.is_null(19)) hold.decided_at = to_time(rows.integer(19));
    return hold;
}

Result<void> add_event(
    database::Transaction& transaction, std::int64_t hold_row, const HoldEvent& event
) {
    auto added = transaction.execute(
        "INSERT INTO hold_event(hold, at, who, act, detail) VALUES(?, ?, ?, ?, ?)",
        {hold_row, to_column(event.at), event.who, event.act, clean_text(event.detail)}
    );
    if (!added) return failure(added.error(), "noting what happened to a hold");
    return {};
}

Result<void> add_to_search(database::Transaction& transaction, std::int64_t hold_row) {
    auto added = transaction.execute(
        "INSERT INTO hold_search(rowid, reach, subject, sender, recipient, reason, text) "
        "SELECT row, reach, subject, sender, recipient, reason, text FROM hold_text WHERE row = ?",
        {hold_row}
    );
    if (!added) return failure(added.error(), "indexing a hold");
    return {};
}

Result<void> remove_from_search(database::Transaction& transaction, std::int64_t hold_row) {
    // FTS5 keeps no copy of what it has indexed; it is told the same texts again.
    auto removed = transaction.execute(
        "INSERT INTO hold_search(hold_search, rowid, reach, subject, sender, recipient, reason, "
        "text) SELECT 'delete', row, reach, subject, sender, recipient, reason, text "
        "FROM hold_text WHERE row = ?",
        {hold_row}
    );
    if (!removed) return failure(removed.error(), "taking a hold out of the index");
    return {};
}

}  // namespace quarantine
