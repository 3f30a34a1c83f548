#include "quarantine/chunks.h"

#include "quarantine/rows.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;
using database::Blob;

constexpr std::uint64_t pieces_max = 1U << 20;

Result<void> store_pieces(
    database::Transaction& transaction,
    std::int64_t message_row,
    const mail::MessageBytes& bytes,
    const Packed* packed
) {
    std::int64_t number = 0;
    const auto store = [&](std::string_view piece) -> Result<void> {
        auto stored = transaction.execute(
            "INSERT INTO message_chunk(row, bytes) VALUES(?, ?)",
            {chunk_row(message_row, number++), Blob{piece}}
        );
        if (!stored) return failure(std::move(stored.error()));
        return {};
    };
    if (packed == nullptr) return compress(bytes, store);
    std::string piece;
    auto reader = packed->bytes().reader();
    for (const std::size_t size : packed->piece_sizes()) {
        piece.resize(size);
        auto got = reader.read(piece);
        if (!got) return failure(std::move(got.error()));
        if (auto stored = store(piece); !stored) return stored;
    }
    return {};
}

}  // namespace

Result<std::int64_t> store_chunks(
    database::Transaction& transaction, const mail::MessageBytes& bytes, const Packed* packed
) {
    const Blob digest{base::as_bytes(bytes.sha256())};
    auto there =
        first_row(transaction, "SELECT row FROM message WHERE sha256 = ?", {digest}, first_integer);
    if (!there) return failure(std::move(there.error()));
    if (*there) return **there;

    const std::uint64_t chunks = (bytes.size() + chunk_bytes - 1) / chunk_bytes;
    if (chunks >= pieces_max)
        return failure(ErrorKind::limit, "a message of {} bytes is too big", bytes.size());
    auto made = transaction.execute(
        "INSERT INTO message(sha256, size, chunks) VALUES(?, ?, ?)",
        {digest, to_column(bytes.size()), to_column(chunks)}
    );
    if (!made) return failure(std::move(made.error()));
    const std::int64_t row = transaction.last_inserted_id();
    if (auto stored = store_pieces(transaction, row, bytes, packed); !stored)
        return failure(stored.error(), "storing a message");
    return row;
}

Result<mail::MessageBytes> load_chunks(
    database::Snapshot& snapshot, std::int64_t message_row, const mail::SpoolSettings& spool
) {
    struct Facts {
        std::string sha256;
        std::int64_t chunks;
    };
    auto facts = first_row(
        snapshot,
        "SELECT sha256, chunks FROM message WHERE row = ?",
        {message_row},
        [](const database::Rows& rows) { return Facts{std::string(rows.blob(0)), rows.integer(1)}; }
    );
    if (!facts) return failure(std::move(facts.error()));
    if (!*facts) return failure(ErrorKind::not_found, "the message is not kept any more");
    const auto corrupt = [&](std::string_view what) {
        return failure(
            ErrorKind::corrupt,
            "the stored message {} is damaged: {}",
            base::to_hex((*facts)->sha256),
            what
        );
    };

    auto message = mail::MessageBytes::create(spool);
    if (!message) return message;
    std::vector<char> piece(chunk_bytes);
    std::int64_t expected = chunk_row(message_row, 0);
    const auto append = [&](const database::Rows& rows) -> Result<void> {
        if (rows.integer(0) != expected++) return corrupt("a piece is missing");
        const auto packed = rows.blob(1);
        const std::size_t size =
            ZSTD_decompress(piece.data(), piece.size(), packed.data(), packed.size());
        if (ZSTD_isError(size) != 0) return corrupt(ZSTD_getErrorName(size));
        return message->append({piece.data(), size});
    };
    const database::Value range[] = {
        chunk_row(message_row, 0), chunk_row(message_row, (*facts)->chunks)
    };
    auto read = for_each_row(
        snapshot,
        "SELECT row, bytes FROM message_chunk WHERE row >= ? AND row < ? ORDER BY row",
        range,
        append
    );
    if (!read) return failure(std::move(read.error()));
    if (auto finished = message->finish(); !finished) return failure(std::move(finished.error()));
    if (base::as_bytes(message->sha256()) != (*facts)->sha256)
        return corrupt("its digest is " + base::to_hex(message->sha256()));
    return message;
}

Result<void> unreference_message(database::Transaction& transaction, std::int64_t message_row) {
    auto done =
        transaction.execute("UPDATE message SET sha256 = NULL WHERE row = ?", {message_row});
    if (!done) return failure(std::move(done.error()));
    return {};
}

Result<void> remove_unreferenced_chunks(
    database::Transaction& transaction, std::int64_t chunks_max
) {
    struct Message {
        std::int64_t row;
        std::int64_t chunks;
    };
    while (chunks_max > 0) {
        auto next = first_row(
            transaction,
            "SELECT row, chunks FROM message WHERE sha256 IS NULL ORDER BY row LIMIT 1",
            {},
            [](const database::Rows& rows) { return Message{rows.integer(0), rows.integer(1)}; }
        );
        if (!next) return failure(std::move(next.error()));
        if (!*next) return {};
        const Message message = **next;
        // From the end, so that `chunks` says what is left.
        const std::int64_t left = std::max<std::int64_t>(message.chunks - chunks_max, 0);
        auto removed = transaction.execute(
            "DELETE FROM message_chunk WHERE row >= ? AND row < ?",
            {chunk_row(message.row, left), chunk_row(message.row, message.chunks)}
        );
        if (!removed) return failure(std::move(removed.error()));
        chunks_max -= message.chunks - left;
        auto done = left == 0
                        ? transaction.execute("DELETE FROM message WHERE row = ?", {message.row})
                        : transaction.execute(
                              "UPDATE message SET chunks = ? WHERE row = ?", {left, message.row}
                          );
        if (!done) return failure(std::move(done.error()));
    }
    return {};
}

}  // namespace quarantine
