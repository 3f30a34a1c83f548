#include "accounts/visits.h"

#include "accounts/time_column.h"

namespace accounts {

using base::failure;

base::Result<void> note_visit(
    database::Transaction& transaction, std::int64_t person_row, base::Time now
) {
    auto noted = transaction.execute(
        "INSERT INTO visit (account, last_at, previous_at) VALUES (?1, ?2, 0) "
        "ON CONFLICT (account) DO UPDATE SET "
        "previous_at = CASE WHEN ?2 - last_at > ?3 THEN last_at ELSE previous_at END, "
        "last_at = max(last_at, ?2)",
        {person_row, to_column(now), std::chrono::milliseconds(visit_gap).count()}
    );
    if (!noted) return failure(noted.error(), "noting a visit");
    return {};
}

base::Result<std::optional<base::Time>> previous_visit(
    database::Snapshot& snapshot, std::int64_t person_row, base::Time now
) {
    auto rows =
        snapshot.query("SELECT last_at, previous_at FROM visit WHERE account = ?", {person_row});
    if (!rows) return failure(rows.error(), "looking up a visit");
    auto there = rows->next();
    if (!there) return failure(there.error(), "looking up a visit");
    if (!*there) return std::optional<base::Time>();
    const auto last = from_column(rows->integer(0));
    if (now - last > visit_gap) return std::optional(last);
    if (rows->integer(1) == 0) return std::optional<base::Time>();
    return std::optional(from_column(rows->integer(1)));
}

}  // namespace accounts
