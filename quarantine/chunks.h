#pragma once

#include "base/result.h"
#include "database/statement.h"
#include "mail/message_bytes.h"
#include "quarantine/packed.h"

#include <cstdint>

namespace quarantine {

// message_chunk.row of a message's piece `number`, counted from 0.
constexpr std::int64_t chunk_row(std::int64_t message_row, std::int64_t number) {
    return (message_row << 20) + number;
}

// The row of the message; one with the same digest that is there already is only referred to.
// `packed` is of `bytes`; without it they are compressed here.
base::Result<std::int64_t> store_chunks(
    database::Transaction& transaction, const mail::MessageBytes& bytes, const Packed* packed
);

// Errors: corrupt (a piece is missing, does not decompress, or the digest is another one).
base::Result<mail::MessageBytes> load_chunks(
    database::Snapshot& snapshot, std::int64_t message_row, const mail::SpoolSettings& spool
);

// Nobody may find the message any more; its pieces go in remove_unreferenced_chunks.
base::Result<void> unreference_message(
    database::Transaction& transaction, std::int64_t message_row
);

// At most `chunks_max` pieces of unreferenced messages.
base::Result<void> remove_unreferenced_chunks(
    database::Transaction& transaction, std::int64_t chunks_max
);

}  // namespace quarantine
