#include "digest/links.h"

#include "digest/time_column.h"
#include "digest/token.h"

#include <initializer_list>
#include <utility>

namespace digest {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

Item read_item(const database::Rows& rows) {
    Item item;
    item.number = rows.integer(0);
    item.hold = rows.text(1);
    item.undo = rows.text(2);
    if (!item.undo.empty()) item.undo_until = to_time(rows.integer(3));
    return item;
}

Result<std::vector<Item>> read_items(
    database::Snapshot& snapshot,
    std::string_view sql,
    std::initializer_list<database::Value> values
) {
    auto rows = snapshot.query(sql, values);
    if (!rows) return failure(rows.error(), "reading a digest");
    std::vector<Item> items;
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "reading a digest");
        if (!*there) return items;
        items.push_back(read_item(*rows));
    }
}

}  // namespace

Result<Link> find_link(database::Snapshot& snapshot, std::string_view token, base::Time now) {
    const auto hash = hash_of(token);
    auto rows = snapshot.query(
        "SELECT id, recipient, made_at, expires_at, is_revoked, "
        "(SELECT count(*) FROM digest_item i WHERE i.digest = d.id) "
        "FROM digest d WHERE token_hash = ?",
        {database::Blob{base::as_bytes(hash)}}
    );
    if (!rows) return failure(rows.error(), "looking for a digest");
    auto there = rows->next();
    if (!there) return failure(there.error(), "looking for a digest");
    if (!*there) return failure(ErrorKind::not_found, "there is no such digest");
    Link link;
    link.id = rows->integer(0);
    link.recipient = rows->text(1);
    link.made_at = to_time(rows->integer(2));
    link.expires_at = to_time(rows->integer(3));
    if (rows->integer(4) != 0)
        link.state = LinkState::revoked;
    else if (link.expires_at <= now)
        link.state = LinkState::expired;
    link.items = static_cast<std::uint64_t>(rows->integer(5));
    return link;
}

Result<std::vector<Item>> items_of(
    database::Snapshot& snapshot, std::int64_t link, std::int64_t first, int limit
) {
    return read_items(
        snapshot,
        "SELECT number, hold, undo, undo_until FROM digest_item "
        "WHERE digest = ? AND number >= ? ORDER BY number LIMIT ?",
        {link, first, std::int64_t{limit}}
    );
}

Result<Item> item_of(database::Snapshot& snapshot, std::int64_t link, std::string_view hold) {
    auto items = read_items(
        snapshot,
        "SELECT number, hold, undo, undo_until FROM digest_item WHERE digest = ? AND hold = ?",
        {link, hold}
    );
    if (!items) return failure(std::move(items.error()));
    if (items->empty()) return failure(ErrorKind::not_found, "the digest does not list {}", hold);
    return std::move(items->front());
}

Result<std::vector<Item>> undoable_items(
    database::Snapshot& snapshot, std::int64_t link, base::Time now, int limit
) {
    return read_items(
        snapshot,
        "SELECT number, hold, undo, undo_until FROM digest_item "
        "WHERE digest = ? AND undo <> '' AND undo_until >= ? ORDER BY number LIMIT ?",
        {link, to_column(now), std::int64_t{limit}}
    );
}

Result<void> note_undo(
    database::Transaction& transaction,
    std::int64_t link,
    std::string_view hold,
    std::string_view undo,
    base::Time until
) {
    auto noted = transaction.execute(
        "UPDATE digest_item SET undo = ?, undo_until = ? WHERE digest = ? AND hold = ?",
        {undo, to_column(until), link, hold}
    );
    if (!noted) return failure(noted.error(), "noting what can be taken back");
    return {};
}

Result<void> forget_undo(
    database::Transaction& transaction, std::int64_t link, std::string_view hold
) {
    return note_undo(transaction, link, hold, "", base::Time());
}

Result<std::uint64_t> revoke_links(
    database::Transaction& transaction, std::span<const std::string> recipients, base::Time now
) {
    std::uint64_t count = 0;
    for (const std::string& recipient : recipients) {
        auto working = transaction.execute(
            "UPDATE digest SET is_revoked = 1 "
            "WHERE recipient = ? AND is_revoked = 0 AND expires_at > ?",
            {recipient, to_column(now)}
        );
        if (!working) return failure(working.error(), "ending the links of digests");
        count += static_cast<std::uint64_t>(*working);
    }
    return count;
}

Result<bool> has_old(database::Snapshot& snapshot, base::Time now) {
    auto rows =
        snapshot.query("SELECT 1 FROM digest WHERE kept_until < ? LIMIT 1", {to_column(now)});
    if (!rows) return failure(rows.error(), "looking for old digests");
    auto there = rows->next();
    if (!there) return failure(there.error(), "looking for old digests");
    return *there;
}

Result<std::uint64_t> forget_old(database::Transaction& transaction, base::Time now, int batch) {
    auto removed = transaction.execute(
        "DELETE FROM digest WHERE id IN "
        "(SELECT id FROM digest WHERE kept_until < ? ORDER BY kept_until LIMIT ?)",
        {to_column(now), std::int64_t{batch}}
    );
    if (!removed) return failure(removed.error(), "forgetting old digests");
    return static_cast<std::uint64_t>(*removed);
}

}  // namespace digest
