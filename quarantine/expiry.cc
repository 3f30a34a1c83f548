#include "quarantine/act_book.h"
#include "quarantine/answers.h"
#include "quarantine/chunks.h"
#include "quarantine/hold_rows.h"
#include "quarantine/hold_store.h"
#include "quarantine/references.h"
#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::failure;
using base::Result;

// More than this between two looks, forwards or backwards, is a jump (or a gateway that was off):
// expiry then rests as long, so that a wrong clock can be mended before it costs a mail.
constexpr auto clock_step_max = std::chrono::hours(24);
// 64 MiB of message bytes a call.
constexpr std::int64_t chunks_a_call = 512;
// What acts did, and answers: small rows.
constexpr int notes_a_call = 20'000;

// True when expiry rests; notes the time either way.
Result<bool> rests(database::Transaction& transaction, base::Time now) {
    struct Look {
        base::Time at;
        base::Time rests_until;
    };
    auto last = first_row(
        transaction,
        "SELECT looked_at, rests_until FROM expiry_clock",
        {},
        [](const database::Rows& rows) {
            return Look{to_time(rows.integer(0)), to_time(rows.integer(1))};
        }
    );
    if (!last) return failure(std::move(last.error()));
    Look look{now, now};
    if (*last) {
        const auto step = now - (*last)->at;
        const bool jumped = step > clock_step_max || step < -clock_step_max;
        look.rests_until = jumped ? now + clock_step_max : (*last)->rests_until;
    }
    auto noted = transaction.execute(
        "INSERT INTO expiry_clock(one, looked_at, rests_until) VALUES(1, ?, ?) ON CONFLICT(one) "
        "DO UPDATE SET looked_at = excluded.looked_at, rests_until = excluded.rests_until",
        {to_column(look.at), to_column(look.rests_until)}
    );
    if (!noted) return failure(std::move(noted.error()));
    return now < look.rests_until;
}

Result<bool> expire_one(database::Transaction& transaction, std::int64_t hold, base::Time now) {
    auto mail =
        first_row(transaction, "SELECT mail FROM hold WHERE row = ?", {hold}, first_integer);
    if (!mail) return failure(std::move(mail.error()));
    if (auto done = remove_from_search(transaction, hold); !done)
        return failure(std::move(done.error()));
    auto ended = transaction.execute(
        "UPDATE hold SET state = 'expired', decided_at = ?, decided_by = 'postern' WHERE row = ?",
        {to_column(now), hold}
    );
    if (!ended) return failure(std::move(ended.error()));
    if (auto done = add_to_search(transaction, hold); !done)
        return failure(std::move(done.error()));
    if (auto done = add_event(transaction, hold, {now, "postern", "expired", ""}); !done)
        return failure(std::move(done.error()));
    return drop_bytes_if_unneeded(transaction, mail->value_or(0));
}

Result<bool> remove_one(database::Transaction& transaction, std::int64_t hold) {
    auto mail =
        first_row(transaction, "SELECT mail FROM hold WHERE row = ?", {hold}, first_integer);
    if (!mail) return failure(std::move(mail.error()));
    if (auto done = remove_from_search(transaction, hold); !done)
        return failure(std::move(done.error()));
    auto removed = transaction.execute("DELETE FROM hold WHERE row = ?", {hold});
    if (!removed) return failure(std::move(removed.error()));
    // Only bytes are counted, and an expired hold's may have gone before.
    auto dropped = drop_bytes_if_unneeded(transaction, mail->value_or(0));
    if (!dropped) return dropped;
    auto facts = remove_mail_if_unreferenced(transaction, mail->value_or(0));
    if (!facts) return facts;
    return *dropped;
}

}  // namespace

Result<Expiry> expire(
    database::Transaction& transaction,
    base::Time now,
    int batch,
    std::chrono::milliseconds keep_decided
) {
    Expiry expiry;
    auto resting = rests(transaction, now);
    if (!resting) return failure(std::move(resting.error()));
    expiry.rests = *resting;
    if (expiry.rests) return expiry;

    // INDEXED BY: the planner would otherwise walk through everything that is held.
    auto overdue = integers(
        transaction,
        "SELECT row FROM hold INDEXED BY hold_to_expire "
        "WHERE state IN ('held', 'failed') AND expires_at <= ? "
        "ORDER BY expires_at LIMIT ?",
        {to_column(now), std::int64_t{batch}}
    );
    if (!overdue) return failure(std::move(overdue.error()));
    for (const auto hold : *overdue) {
        auto dropped = expire_one(transaction, hold, now);
        if (!dropped) return failure(std::move(dropped.error()));
        ++expiry.expired;
        expiry.removed_mails += *dropped ? 1 : 0;
    }

    auto ended = integers(
        transaction,
        "SELECT row FROM hold INDEXED BY hold_to_remove "
        "WHERE state IN ('delivered', 'rejected', 'reported', 'expired') AND decided_at <= ? ORDER "
        "BY decided_at LIMIT ?",
        {to_column(now - keep_decided), std::int64_t{batch}}
    );
    if (!ended) return failure(std::move(ended.error()));
    for (const auto hold : *ended) {
        auto dropped = remove_one(transaction, hold);
        if (!dropped) return failure(std::move(dropped.error()));
        expiry.removed_mails += *dropped ? 1 : 0;
    }

    if (auto done = forget_acts(transaction, now, notes_a_call, keep_decided); !done)
        return failure(std::move(done.error()));
    if (auto done = forget_answers(transaction, now, notes_a_call); !done)
        return failure(std::move(done.error()));
    if (auto done = remove_unreferenced_chunks(transaction, chunks_a_call); !done)
        return failure(std::move(done.error()));
    return expiry;
}

}  // namespace quarantine
