#include "quarantine/references.h"

#include "quarantine/chunks.h"
#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::failure;
using base::Result;

// With 0 for "no bytes".
Result<std::int64_t> message_of(database::Snapshot& snapshot, std::int64_t mail_row) {
    auto message =
        first_row(snapshot, "SELECT message FROM mail WHERE row = ?", {mail_row}, first_integer);
    if (!message) return failure(std::move(message.error()));
    return message->value_or(0);
}

Result<void> unreference_if_last(database::Transaction& transaction, std::int64_t message_row) {
    auto other = first_row(
        transaction, "SELECT 1 FROM mail WHERE message = ? LIMIT 1", {message_row}, first_integer
    );
    if (!other) return failure(std::move(other.error()));
    if (*other) return {};
    return unreference_message(transaction, message_row);
}

}  // namespace

Result<bool> drop_bytes_if_unneeded(database::Transaction& transaction, std::int64_t mail_row) {
    auto message = message_of(transaction, mail_row);
    if (!message) return failure(std::move(message.error()));
    if (*message == 0) return false;
    auto dropped = transaction.execute(
        "UPDATE mail SET message = NULL WHERE row = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM hold WHERE mail = ?1 AND state <> 'expired') "
        "AND NOT EXISTS (SELECT 1 FROM outbox WHERE mail = ?1)",
        {mail_row}
    );
    if (!dropped) return failure(std::move(dropped.error()));
    if (*dropped == 0) return false;
    auto text = transaction.execute("DELETE FROM mail_text WHERE mail = ?", {mail_row});
    if (!text) return failure(std::move(text.error()));
    if (auto done = unreference_if_last(transaction, *message); !done)
        return failure(std::move(done.error()));
    return true;
}

Result<bool> remove_mail_if_unreferenced(
    database::Transaction& transaction, std::int64_t mail_row
) {
    auto message = message_of(transaction, mail_row);
    if (!message) return failure(std::move(message.error()));
    auto removed = transaction.execute(
        "DELETE FROM mail WHERE row = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM hold WHERE mail = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM outbox WHERE mail = ?1)",
        {mail_row}
    );
    if (!removed) return failure(std::move(removed.error()));
    if (*removed == 0) return false;
    if (*message != 0) {
        if (auto done = unreference_if_last(transaction, *message); !done)
            return failure(std::move(done.error()));
    }
    return true;
}

}  // namespace quarantine
