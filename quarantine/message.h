#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/sha256.h"
#include "database/store.h"
#include "mail/envelope.h"
#include "mail/ip_address.h"
#include "mail/message_bytes.h"
#include "quarantine/packed.h"

#include <cstdint>
#include <string>
#include <vector>

namespace quarantine {

// The tables of this room; command/ gives it to Store::open.
database::Schema schema();

// What is kept of a received mail beside its bytes; one row however many recipients hold it.
struct ReceivedMail {
    std::string mail_id;                        // the id of the 250, the log and the portal
    const mail::MessageBytes* bytes = nullptr;  // finished
    const Packed* packed = nullptr;  // of these bytes; without it the writer does it itself
    mail::Sender sender;
    mail::Body body = mail::Body::seven_bit;
    bool smtputf8 = false;
    std::string dsn_return;
    std::string envelope_id;
    mail::IpAddress client;
    std::string helo;
    base::Time received_at;
    std::string header_from_name;     // decoded display name
    std::string header_from_address;  // key of the first mailbox, "" when there is none
    std::string to;                   // decoded To
    std::string subject;              // decoded
    std::string message_id;
    std::string text;  // for search and preview, cut by the caller
    int attachments = 0;
};

// Stores bytes and facts; the row id for holds and outbox rows. The bytes are kept once by SHA-256,
// compressed in chunks: an equal message that is already there is only referred to. Errors:
// disk_full, trouble.
base::Result<std::int64_t> store_mail(database::Transaction& transaction, const ReceivedMail& mail);

// A working copy of the stored bytes, digest verified. Errors: not_found, corrupt, disk_full.
base::Result<mail::MessageBytes> load_bytes(
    database::Snapshot& snapshot, std::int64_t mail_row, const mail::SpoolSettings& spool
);

}  // namespace quarantine
