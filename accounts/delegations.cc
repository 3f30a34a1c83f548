#include "accounts/delegations.h"

#include "accounts/people.h"
#include "accounts/time_column.h"

namespace accounts {

using base::ErrorKind;
using base::failure;

base::Result<bool> grant_mailbox(
    database::Transaction& transaction,
    std::int64_t person_row,
    const mail::Address& mailbox,
    std::string_view granted_by,
    base::Time now
) {
    auto owner = account_row_of(transaction, mailbox.key());
    if (!owner) return failure(owner.error());
    if (*owner == person_row)
        return failure(ErrorKind::invalid, "{} is the person's own already", mailbox.text());
    auto person = find_person_in_row(transaction, person_row);
    if (!person) return failure(person.error());
    auto granted = transaction.execute(
        "INSERT INTO delegation (account, mailbox, since, granted_by) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        {person_row, mailbox.key(), to_column(now), granted_by}
    );
    if (!granted) return failure(granted.error(), "granting " + mailbox.text());
    auto rows =
        transaction.query("SELECT count(*) FROM delegation WHERE account = ?", {person_row});
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    // The caller's transaction is undone with this.
    if (rows->integer(0) > delegations_per_person_max)
        return failure(
            ErrorKind::limit,
            "{} acts for {} mailboxes already",
            person->address,
            delegations_per_person_max
        );
    return *granted == 1;
}

base::Result<bool> revoke_mailbox(
    database::Transaction& transaction, std::int64_t person_row, std::string_view mailbox_key
) {
    auto revoked = transaction.execute(
        "DELETE FROM delegation WHERE account = ? AND mailbox = ?", {person_row, mailbox_key}
    );
    if (!revoked) return failure(revoked.error(), "revoking a mailbox");
    return *revoked == 1;
}

namespace {

base::Result<std::vector<Delegation>> listed(
    database::Snapshot& snapshot, std::string_view sql, std::int64_t person_row
) {
    std::vector<Delegation> found;
    auto rows = snapshot.query(sql, {person_row});
    if (!rows) return failure(rows.error(), "looking up who acts for whom");
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking up who acts for whom");
        if (!*there) return found;
        found.push_back(
            {std::string(rows->text(0)), from_column(rows->integer(1)), std::string(rows->text(2))}
        );
    }
}

}  // namespace

base::Result<std::vector<Delegation>> mailboxes_of(
    database::Snapshot& snapshot, std::int64_t person_row
) {
    return listed(
        snapshot,
        "SELECT mailbox, since, granted_by FROM delegation AS d WHERE account = ? AND NOT EXISTS "
        "(SELECT 1 FROM account_address AS a WHERE a.address = d.mailbox AND a.account = d.account)"
        " ORDER BY mailbox",
        person_row
    );
}

base::Result<std::vector<Delegation>> delegates_of(
    database::Snapshot& snapshot, std::int64_t person_row
) {
    // SQLite gives the bare column from the row that had the minimum.
    return listed(
        snapshot,
        "SELECT delegate.address, min(d.since), d.granted_by FROM account_address AS a "
        "JOIN delegation AS d ON d.mailbox = a.address "
        "JOIN account AS delegate ON delegate.id = d.account "
        "WHERE a.account = ? AND d.account <> a.account "
        "GROUP BY delegate.id ORDER BY delegate.address",
        person_row
    );
}

}  // namespace accounts
