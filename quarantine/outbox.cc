#include "quarantine/outbox.h"

#include "base/random.h"
#include "quarantine/hold_rows.h"
#include "quarantine/hold_store.h"
#include "quarantine/references.h"
#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::string_view postern = "postern";

// A look at the outbox goes past at most that many rows that nobody wants yet.
constexpr std::int64_t rows_looked_at_max = 10'000;
constexpr std::chrono::hours unreadable_again_after{1};

constexpr std::string_view outgoing_columns =
    "o.row, o.mail, m.mail_id, coalesce(h.id, ''), m.sender, m.body, m.smtputf8, m.dsn_return, "
    "m.envelope_id, o.recipient, o.notify, o.original_recipient, o.added_fields, o.attempts, "
    "o.first_due, o.rule, o.if_refused";

Result<Outgoing> read_outgoing(const database::Rows& rows) {
    Outgoing outgoing;
    outgoing.row = rows.integer(0);
    outgoing.mail_row = rows.integer(1);
    outgoing.mail_id = rows.text(2);
    outgoing.hold_id = rows.text(3);
    const auto unreadable = [&](const base::Error& error) {
        return failure(ErrorKind::corrupt, "outbox row {}: {}", outgoing.row, error.text);
    };
    if (!rows.text(4).empty()) {
        auto sender = mail::Address::parse(rows.text(4));
        if (!sender) return unreadable(sender.error());
        outgoing.envelope.sender = mail::Sender(std::move(*sender));
    }
    outgoing.envelope.body =
        rows.text(5) == "8BITMIME" ? mail::Body::eight_bit_mime : mail::Body::seven_bit;
    outgoing.envelope.smtputf8 = rows.integer(6) != 0;
    outgoing.envelope.dsn_return = rows.text(7);
    outgoing.envelope.envelope_id = rows.text(8);
    auto recipient = mail::Address::parse(rows.text(9));
    if (!recipient) return unreadable(recipient.error());
    outgoing.envelope.recipients.push_back(
        {std::move(*recipient), std::string(rows.text(10)), std::string(rows.text(11))}
    );
    outgoing.added_fields = rows.text(12);
    outgoing.attempts = static_cast<int>(rows.integer(13));
    outgoing.first_due = to_time(rows.integer(14));
    outgoing.rule = rows.text(15);
    outgoing.if_refused = static_cast<IfRefused>(rows.integer(16));
    return outgoing;
}

struct Sent {
    std::int64_t mail = 0;
    std::int64_t hold = 0;  // 0: none
    std::string recipient;
    std::string notify;
    std::string original_recipient;
    std::string added_fields;
    std::string rule;
    std::string reason;
};

// Ends the row; conflict when it is not ours to end (another courier, or an undo, was there).
Result<Sent> end_row(database::Transaction& transaction, std::int64_t row) {
    auto sent = first_row(
        transaction,
        "SELECT mail, coalesce(hold, 0), recipient, notify, original_recipient, added_fields, "
        "rule, reason FROM outbox WHERE row = ? AND is_being_sent = 1",
        {row},
        [](const database::Rows& rows) {
            return Sent{
                rows.integer(0),
                rows.integer(1),
                std::string(rows.text(2)),
                std::string(rows.text(3)),
                std::string(rows.text(4)),
                std::string(rows.text(5)),
                std::string(rows.text(6)),
                std::string(rows.text(7))
            };
        }
    );
    if (!sent) return failure(std::move(sent.error()));
    if (!*sent) return failure(ErrorKind::conflict, "outbox row {} is not being sent", row);
    auto removed = transaction.execute("DELETE FROM outbox WHERE row = ?", {row});
    if (!removed) return failure(std::move(removed.error()));
    return std::move(**sent);
}

// Of a mail that one copy less needs.
Result<void> let_go(database::Transaction& transaction, std::int64_t mail) {
    auto removed = remove_mail_if_unreferenced(transaction, mail);
    if (!removed) return failure(std::move(removed.error()));
    auto bytes = drop_bytes_if_unneeded(transaction, mail);
    if (!bytes) return failure(std::move(bytes.error()));
    return {};
}

Result<std::string> id_of(database::Snapshot& snapshot, std::int64_t hold_row) {
    auto id = first_row(
        snapshot,
        "SELECT id FROM hold WHERE row = ?",
        {hold_row},
        [](const database::Rows& rows) { return std::string(rows.text(0)); }
    );
    if (!id) return failure(std::move(id.error()));
    if (!*id) return failure(ErrorKind::not_found, "no hold in row {}", hold_row);
    return std::move(**id);
}

Result<std::string> hold_for_failed_copy(
    database::Transaction& transaction, const Sent& sent, base::Time now, base::Time expires_at
) {
    auto address = mail::Address::parse(sent.recipient);
    if (!address) return failure(ErrorKind::corrupt, "{}", address.error().text);
    base::SystemRandom random;
    NewHold hold{
        .id = base::random_id(random),
        .recipient = {std::move(*address), sent.notify, sent.original_recipient},
        .kind = mail::HoldKind::administrator,
        .moderators = {},
        .rule = sent.rule,
        .reason = sent.reason,
        .trace = "[]",
        .added_fields = sent.added_fields,
        .expires_at = expires_at,
    };
    if (auto added = add_hold(transaction, sent.mail, hold, now); !added)
        return failure(std::move(added.error()));
    return std::move(hold.id);
}

}  // namespace

Result<std::int64_t> add_outgoing(
    database::Transaction& transaction, const NewOutgoing& outgoing, base::Time now
) {
    database::Value hold = nullptr;
    if (!outgoing.hold_id.empty()) {
        auto row = first_row(
            transaction, "SELECT row FROM hold WHERE id = ?", {outgoing.hold_id}, first_integer
        );
        if (!row) return failure(std::move(row.error()));
        if (!*row) return failure(ErrorKind::not_found, "no hold {}", outgoing.hold_id);
        hold = **row;
    }
    auto added = transaction.execute(
        "INSERT INTO outbox(mail, hold, recipient, notify, original_recipient, added_fields, rule, "
        "reason, made_at, first_due, due, if_refused) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?10,?11)",
        {outgoing.mail_row,
         hold,
         outgoing.recipient.address.text(),
         outgoing.recipient.notify,
         clean_text(outgoing.recipient.original_recipient),
         outgoing.added_fields,
         clean_text(outgoing.rule),
         clean_text(outgoing.reason),
         to_column(now),
         to_column(outgoing.due),
         static_cast<std::int64_t>(outgoing.if_refused)}
    );
    if (!added) return failure(added.error(), "queueing a mail");
    return transaction.last_inserted_id();
}

Result<Due> take_due(
    database::Transaction& transaction, base::Time now, int limit, const Wanted& wanted
) {
    Due due;
    std::vector<std::int64_t> unreadable;
    const std::string sql = fmt::format(
        "SELECT {} FROM outbox o JOIN mail m ON m.row = o.mail LEFT JOIN hold h ON h.row = o.hold "
        "WHERE o.is_being_sent = 0 AND o.due <= ? ORDER BY o.due, o.row LIMIT ?",
        outgoing_columns
    );
    {
        auto rows = transaction.query(sql, {to_column(now), rows_looked_at_max});
        if (!rows) return failure(std::move(rows.error()));
        while (due.rows.size() < static_cast<std::size_t>(limit)) {
            auto found = rows->next();
            if (!found) return failure(std::move(found.error()));
            if (!*found) break;
            auto outgoing = read_outgoing(*rows);
            if (!outgoing) {
                due.unreadable.push_back(std::move(outgoing.error().text));
                unreadable.push_back(rows->integer(0));
            } else if (!wanted || wanted(outgoing->envelope.recipients.front().address)) {
                due.rows.push_back(std::move(*outgoing));
            }
        }
    }
    for (const auto& outgoing : due.rows) {
        auto taken = transaction.execute(
            "UPDATE outbox SET is_being_sent = 1 WHERE row = ?", {outgoing.row}
        );
        if (!taken) return failure(std::move(taken.error()));
    }
    for (const auto row : unreadable) {
        auto put_off = transaction.execute(
            "UPDATE outbox SET due = ? WHERE row = ?",
            {to_column(now + unreadable_again_after), row}
        );
        if (!put_off) return failure(std::move(put_off.error()));
    }
    return due;
}

Result<void> follow_clock_back(database::Transaction& transaction, std::chrono::milliseconds step) {
    auto moved = transaction.execute(
        "UPDATE outbox SET due = due - ?1, first_due = first_due - ?1", {step.count()}
    );
    if (!moved) return failure(std::move(moved.error()));
    return {};
}

Result<void> wait_no_longer_than(
    database::Transaction& transaction, base::Time now, std::chrono::milliseconds longest
) {
    auto moved = transaction.execute(
        "UPDATE outbox SET due = ?1 WHERE due > ?1", {to_column(now + longest)}
    );
    if (!moved) return failure(std::move(moved.error()));
    return {};
}

Result<void> free_all(database::Transaction& transaction) {
    auto freed = transaction.execute("UPDATE outbox SET is_being_sent = 0 WHERE is_being_sent = 1");
    if (!freed) return failure(std::move(freed.error()));
    return {};
}

Result<std::optional<base::Time>> next_due(database::Snapshot& snapshot) {
    auto due = first_row(
        snapshot,
        "SELECT due FROM outbox WHERE is_being_sent = 0 ORDER BY due LIMIT 1",
        {},
        [](const database::Rows& rows) { return to_time(rows.integer(0)); }
    );
    if (!due) return failure(std::move(due.error()));
    return *due;
}

Result<void> delivered(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view reply,
    base::Time now
) {
    auto sent = end_row(transaction, outgoing.row);
    if (!sent) return failure(std::move(sent.error()));
    if (sent->hold == 0) return let_go(transaction, sent->mail);
    auto done = transaction.execute(
        "UPDATE hold SET state = 'delivered' WHERE row = ? AND state = 'released'", {sent->hold}
    );
    if (!done) return failure(std::move(done.error()));
    return add_event(
        transaction, sent->hold, {now, std::string(postern), "delivered", std::string(reply)}
    );
}

Result<void> retry(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view why,
    base::Time now,
    base::Time next_attempt
) {
    auto freed = transaction.execute(
        "UPDATE outbox SET is_being_sent = 0, attempts = attempts + 1, due = ? "
        "WHERE row = ? AND is_being_sent = 1",
        {to_column(next_attempt), outgoing.row}
    );
    if (!freed) return failure(std::move(freed.error()));
    if (*freed == 0)
        return failure(ErrorKind::conflict, "outbox row {} is not being sent", outgoing.row);
    auto hold = first_row(
        transaction,
        "SELECT hold FROM outbox WHERE row = ? AND hold IS NOT NULL",
        {outgoing.row},
        first_integer
    );
    if (!hold) return failure(std::move(hold.error()));
    if (!*hold) return {};
    return add_event(transaction, **hold, {now, std::string(postern), "attempt", std::string(why)});
}

Result<std::string> failed(
    database::Transaction& transaction,
    const Outgoing& outgoing,
    std::string_view why,
    base::Time now,
    base::Time hold_expires_at
) {
    auto sent = end_row(transaction, outgoing.row);
    if (!sent) return failure(std::move(sent.error()));
    auto id = sent->hold != 0 ? id_of(transaction, sent->hold)
                              : hold_for_failed_copy(transaction, *sent, now, hold_expires_at);
    if (!id) return id;
    auto changed = transaction.execute(
        "UPDATE hold SET state = 'failed', expires_at = ? WHERE id = ?",
        {to_column(hold_expires_at), *id}
    );
    if (!changed) return failure(std::move(changed.error()));
    auto row = first_row(transaction, "SELECT row FROM hold WHERE id = ?", {*id}, first_integer);
    if (!row) return failure(std::move(row.error()));
    auto noted = add_event(
        transaction, row->value_or(0), {now, std::string(postern), "failed", std::string(why)}
    );
    if (!noted) return failure(std::move(noted.error()));
    return id;
}

Result<void> dropped(database::Transaction& transaction, const Outgoing& outgoing) {
    auto sent = end_row(transaction, outgoing.row);
    if (!sent) return failure(std::move(sent.error()));
    return let_go(transaction, sent->mail);
}

}  // namespace quarantine
