#include "quarantine/hold_store.h"
#include "quarantine/rows.h"

#include <algorithm>
#include <charconv>

namespace quarantine {

using base::failure;
using base::Result;

namespace {

// A sender who is blocked can knock as often as they like, at addresses they make up: the record
// must not grow with it.
constexpr std::int64_t rows_per_recipient_max = 1000;
constexpr std::int64_t rows_max = 500'000;

Result<void> keep_bounds(database::Transaction& transaction, const std::string& recipient) {
    const std::int64_t newest = transaction.last_inserted_id();
    auto removed = transaction.execute("DELETE FROM rejected WHERE row <= ?", {newest - rows_max});
    if (removed)
        removed = transaction.execute(
            "DELETE FROM rejected WHERE recipient = ? AND row <= (SELECT row FROM rejected WHERE "
            "recipient = ? ORDER BY row DESC LIMIT 1 OFFSET ?)",
            {recipient, recipient, rows_per_recipient_max}
        );
    if (!removed) return failure(removed.error(), "keeping the record of rejected mail short");
    return {};
}

}  // namespace

Result<void> add_rejected(database::Transaction& transaction, const Rejected& rejected) {
    auto added = transaction.execute(
        "INSERT INTO rejected(at, recipient, sender, header_from, subject, rule, reason, client, "
        "mail_id) VALUES(?,?,?,?,?,?,?,?,?)",
        {to_column(rejected.at),
         clean_text(rejected.recipient),
         clean_text(rejected.sender),
         clean_text(rejected.header_from),
         clean_text(rejected.subject),
         clean_text(rejected.rule),
         clean_text(rejected.reason),
         rejected.client,
         rejected.mail_id}
    );
    if (!added) return failure(added.error(), "noting a rejected mail");
    return keep_bounds(transaction, rejected.recipient);
}

Result<RejectedPage> list_rejected(
    database::Snapshot& snapshot,
    const Reach& reach,
    std::string_view search,
    std::string_view cursor,
    int limit
) {
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    if (!cursor.empty()) {
        const auto [end, error] =
            std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
        if (error != std::errc() || end != cursor.data() + cursor.size())
            return failure(base::ErrorKind::invalid, "not a cursor of this list");
    }
    limit = std::clamp(limit, 1, 500);
    Values values;
    // Looks at up to rows_per_recipient_max rows of each address, so it needs no index.
    const std::string found =
        search.empty()
            ? std::string()
            : fmt::format(
                  " AND contains(sender || ' ' || header_from || ' ' || subject || ' ' || reason, "
                  "{})",
                  values.add(std::string(search))
              );
    const std::string newest = fmt::format(
        "row < {}{} ORDER BY row DESC LIMIT {}",
        values.add(before),
        found,
        values.add(std::int64_t{limit} + 1)
    );
    // Each recipient's newest by its index, then the newest of those.
    const std::string rows =
        reach.everything
            ? fmt::format("SELECT row FROM rejected WHERE {}", newest)
            : fmt::format(
                  "SELECT r.row FROM json_each({}) AS o CROSS JOIN rejected AS r WHERE r.row IN "
                  "(SELECT row FROM rejected WHERE recipient = o.value AND {})",
                  values.add(json_array(reach.owners)),
                  newest
              );
    const std::string sql = fmt::format(
        "SELECT row, at, recipient, sender, header_from, subject, rule, reason, client, mail_id "
        "FROM rejected WHERE row IN ({}) ORDER BY row DESC LIMIT {}",
        rows,
        values.add(std::int64_t{limit} + 1)
    );
    RejectedPage page;
    std::int64_t last = 0;
    const auto keep = [&](const database::Rows& row) -> Result<void> {
        if (page.rejected.size() == static_cast<std::size_t>(limit)) {
            page.next = std::to_string(last);
            return {};
        }
        last = row.integer(0);
        page.rejected.push_back(
            {to_time(row.integer(1)),
             std::string(row.text(2)),
             std::string(row.text(3)),
             std::string(row.text(4)),
             std::string(row.text(5)),
             std::string(row.text(6)),
             std::string(row.text(7)),
             std::string(row.text(8)),
             std::string(row.text(9))}
        );
        return {};
    };
    if (auto read = for_each_row(snapshot, sql, values.all(), keep); !read)
        return failure(std::move(read.error()));
    return page;
}

Result<std::uint64_t> expire_rejected(
    database::Transaction& transaction, base::Time before, int batch
) {
    auto removed = transaction.execute(
        "DELETE FROM rejected WHERE row IN "
        "(SELECT row FROM rejected WHERE at < ? ORDER BY at LIMIT ?)",
        {to_column(before), std::int64_t{batch}}
    );
    if (!removed) return failure(std::move(removed.error()));
    return static_cast<std::uint64_t>(*removed);
}

}  // namespace quarantine
