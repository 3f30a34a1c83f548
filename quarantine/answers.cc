#include "quarantine/answers.h"

#include "quarantine/rows.h"

namespace quarantine {
namespace {

using base::failure;
using base::Result;

constexpr std::int64_t answers_of_person_max = 100;
constexpr std::int64_t answers_max = 2'000;

}  // namespace

Result<std::optional<StoredAnswer>> find_answer(
    database::Snapshot& snapshot,
    std::string_view who,
    std::string_view key_hash,
    std::string_view request_hash,
    base::Time now
) {
    return first_row(
        snapshot,
        "SELECT request = ?, status, body FROM answer WHERE who = ? AND key = ? AND at > ?",
        {database::Blob{request_hash}, who, database::Blob{key_hash}, to_column(now - answers_kept)
        },
        [](const database::Rows& rows) {
            StoredAnswer answer;
            answer.is_same_request = rows.integer(0) != 0;
            answer.status = static_cast<int>(rows.integer(1));
            answer.body = rows.text(2);
            return answer;
        }
    );
}

Result<void> store_answer(
    database::Transaction& transaction,
    std::string_view who,
    std::string_view key_hash,
    std::string_view request_hash,
    int status,
    std::string_view body,
    base::Time now
) {
    auto stored = transaction.execute(
        "INSERT OR REPLACE INTO answer(who, key, request, at, status, body) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        {who,
         database::Blob{key_hash},
         database::Blob{request_hash},
         to_column(now),
         std::int64_t{status},
         body}
    );
    if (!stored) return failure(stored.error(), "keeping an answer");
    auto of_person = transaction.execute(
        "DELETE FROM answer WHERE row IN (SELECT row FROM answer WHERE who = ? ORDER BY row DESC "
        "LIMIT -1 OFFSET ?)",
        {who, answers_of_person_max}
    );
    if (!of_person) return failure(std::move(of_person.error()));
    auto of_all = transaction.execute(
        "DELETE FROM answer WHERE row <= (SELECT max(row) FROM answer) - ?", {answers_max}
    );
    if (!of_all) return failure(std::move(of_all.error()));
    return {};
}

Result<void> forget_answers(database::Transaction& transaction, base::Time now, int batch) {
    // Row order is the order of time.
    auto forgotten = transaction.execute(
        "DELETE FROM answer WHERE row IN (SELECT row FROM answer ORDER BY row LIMIT ?2) "
        "AND at <= ?1",
        {to_column(now - answers_kept), std::int64_t{batch}}
    );
    if (!forgotten) return failure(std::move(forgotten.error()));
    return {};
}

}  // namespace quarantine
