#include "quarantine/message.h"

#include "quarantine/chunks.h"
#include "quarantine/rows.h"

namespace quarantine {

using base::failure;
using base::Result;

Result<std::int64_t> store_mail(database::Transaction& transaction, const ReceivedMail& mail) {
    auto message = store_chunks(transaction, *mail.bytes, mail.packed);
    if (!message) return message;
    auto made = transaction.execute(
        "INSERT INTO mail(mail_id, message, sha256, size, sender, body, smtputf8, dsn_return, "
        "envelope_id, client, helo, received_at, header_from_name, header_from_address, header_to, "
        "subject, message_id, attachments) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        {mail.mail_id,
         *message,
         database::Blob{base::as_bytes(mail.bytes->sha256())},
         to_column(mail.bytes->size()),
         mail.sender.text(),
         mail.body == mail::Body::eight_bit_mime ? "8BITMIME" : "7BIT",
         std::int64_t{mail.smtputf8},
         mail.dsn_return,
         clean_text(mail.envelope_id),
         mail.client.text(),
         clean_text(mail.helo),
         to_column(mail.received_at),
         clean_text(mail.header_from_name),
         clean_text(mail.header_from_address),
         clean_text(mail.to),
         clean_text(mail.subject),
         clean_text(mail.message_id),
         std::int64_t{mail.attachments}}
    );
    if (!made) return failure(made.error(), "storing a mail");
    const std::int64_t row = transaction.last_inserted_id();
    if (mail.text.empty()) return row;
    auto text = transaction.execute(
        "INSERT INTO mail_text(mail, text) VALUES(?, ?)", {row, clean_text(mail.text)}
    );
    if (!text) return failure(text.error(), "storing a mail's text");
    return row;
}

Result<mail::MessageBytes> load_bytes(
    database::Snapshot& snapshot, std::int64_t mail_row, const mail::SpoolSettings& spool
) {
    auto message = first_row(
        snapshot, "SELECT coalesce(message, 0) FROM mail WHERE row = ?", {mail_row}, first_integer
    );
    if (!message) return failure(std::move(message.error()));
    if (!*message) return failure(base::ErrorKind::not_found, "no mail {}", mail_row);
    return load_chunks(snapshot, **message, spool);
}

}  // namespace quarantine
