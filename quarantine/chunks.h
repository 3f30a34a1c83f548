#pragma once

#include "base/result.h"
#include "database/statement.h"
#include "mail/message_bytes.h"

#include <cstddef>
#include <cstdint>

namespace quarantine {

// The bytes of a message in pieces of 128 KiB, each compressed by itself: neither storing nor
// loading needs more memory than one piece.

constexpr std::size_t chunk_bytes = std::size_t{128} * 1024;
// message_chunk.row of a message's piece `number`, counted from 0.
constexpr std::int64_t chunk_row(std::int64_t message_row, std::int64_t number) {
    return (message_row << 20) + number;
}

// The row of the message; one with the same digest that is there already is only referred to.
base::Result<std::int64_t> store_chunks(
    database::Transaction& transaction, const mail::MessageBytes& bytes
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
