#include "quarantine/figures.h"

#include "quarantine/hold.h"
#include "quarantine/rows.h"

namespace quarantine {

using base::failure;
using base::Result;

Result<Figures> figures(database::Snapshot& snapshot) {
    Figures figures;
    auto counted = for_each_row(
        snapshot,
        // The index has all that is asked for; by state alone, every row would have to be read.
        "SELECT kind, state, count(*) FROM hold INDEXED BY hold_of_owner WHERE state IN ('held', "
        "'failed') "
        "GROUP BY kind, state",
        {},
        [&](const database::Rows& rows) -> Result<void> {
            const auto kind = mail::hold_kind_named(rows.text(0));
            if (!kind)
                return failure(base::ErrorKind::corrupt, "a hold of the kind {}", rows.text(0));
            auto& counts = rows.text(1) == name_of(HoldState::held) ? figures.held : figures.failed;
            counts[*kind] = static_cast<std::uint64_t>(rows.integer(2));
            return {};
        }
    );
    if (!counted) return failure(counted.error(), "counting holds");
    const auto length = first_row(snapshot, "SELECT count(*) FROM outbox", {}, first_integer);
    if (!length) return failure(length.error(), "counting the outbox");
    figures.outbox = static_cast<std::uint64_t>(length->value_or(0));
    const auto oldest =
        first_row(snapshot, "SELECT made_at FROM outbox ORDER BY row LIMIT 1", {}, first_integer);
    if (!oldest) return failure(oldest.error(), "looking at the outbox");
    if (*oldest) figures.outbox_oldest = to_time(**oldest);
    return figures;
}

}  // namespace quarantine
