#include "accounts/people.h"

#include "accounts/api_tokens.h"
#include "accounts/delegations.h"
#include "accounts/sender_lists.h"
#include "accounts/sessions.h"
#include "accounts/time_column.h"

namespace accounts {

using base::ErrorKind;
using base::failure;

std::string_view name_of(Role role) {
    switch (role) {
        case Role::user:
            return "user";
        case Role::moderator:
            return "moderator";
        case Role::administrator:
            return "administrator";
    }
    return "user";
}

std::optional<Role> role_named(std::string_view name) {
    for (const auto role : {Role::user, Role::moderator, Role::administrator})
        if (name_of(role) == name) return role;
    return std::nullopt;
}

base::Result<std::optional<std::int64_t>> account_row_of(
    database::Snapshot& snapshot, std::string_view address_key
) {
    auto rows =
        snapshot.query("SELECT account FROM account_address WHERE address = ?", {address_key});
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    if (!*there) return std::optional<std::int64_t>();
    return std::optional(rows->integer(0));
}

namespace {

base::Result<Person> load_person(database::Snapshot& snapshot, std::int64_t row) {
    Person person;
    {
        auto rows = snapshot.query("SELECT address, name, role FROM account WHERE id = ?", {row});
        if (!rows) return failure(rows.error());
        auto there = rows->next();
        if (!there) return failure(there.error());
        if (!*there) return failure(ErrorKind::not_found, "there is no such account");
        person.row = row;
        person.address = rows->text(0);
        person.name = rows->text(1);
        const auto role = role_named(rows->text(2));
        if (!role)
            return failure(ErrorKind::corrupt, "account {} has an unknown role", person.address);
        person.role = *role;
    }
    {
        auto rows = snapshot.query(
            "SELECT address FROM account_address WHERE account = ? ORDER BY address", {row}
        );
        if (!rows) return failure(rows.error());
        for (;;) {
            auto there = rows->next();
            if (!there) return failure(there.error());
            if (!*there) break;
            person.addresses.emplace_back(rows->text(0));
        }
    }
    auto mailboxes = mailboxes_of(snapshot, row);
    if (!mailboxes) return failure(mailboxes.error());
    for (auto& mailbox : *mailboxes) person.acts_for.push_back(std::move(mailbox.address));
    return person;
}

}  // namespace

base::Result<Person> add_person(
    database::Transaction& transaction,
    const mail::Address& address,
    Role role,
    std::string_view password_hash,
    base::Time now
) {
    auto taken = account_row_of(transaction, address.key());
    if (!taken) return failure(taken.error());
    if (*taken)
        return failure(ErrorKind::conflict, "{} belongs to an account already", address.text());
    auto made = transaction.execute(
        "INSERT INTO account (address, role, password_hash, created_at) VALUES (?, ?, ?, ?)",
        {address.key(), name_of(role), password_hash, to_column(now)}
    );
    if (!made) return failure(made.error(), "adding account " + address.text());
    const auto row = transaction.last_inserted_id();
    auto bound = bind_address(transaction, row, address);
    if (!bound) return failure(bound.error());
    return load_person(transaction, row);
}

base::Result<void> bind_address(
    database::Transaction& transaction, std::int64_t person_row, const mail::Address& address
) {
    auto bound = transaction.execute(
        "INSERT INTO account_address (address, account) VALUES (?, ?)", {address.key(), person_row}
    );
    if (!bound && bound.error().kind == ErrorKind::conflict)
        return failure(ErrorKind::conflict, "{} belongs to an account already", address.text());
    if (!bound) return failure(bound.error(), "adding address " + address.text());
    return adopt_entries(transaction, person_row, address.key());
}

base::Result<Person> find_person(database::Snapshot& snapshot, std::string_view address_key) {
    auto row = account_row_of(snapshot, address_key);
    if (!row) return failure(row.error());
    if (!*row) return failure(ErrorKind::not_found, "{} has no account", address_key);
    return load_person(snapshot, **row);
}

base::Result<Person> find_person_in_row(database::Snapshot& snapshot, std::int64_t row) {
    return load_person(snapshot, row);
}

base::Result<std::vector<Person>> list_people(database::Snapshot& snapshot) {
    std::vector<std::int64_t> found;
    {
        auto rows = snapshot.query("SELECT id FROM account ORDER BY address");
        if (!rows) return failure(rows.error());
        for (;;) {
            auto there = rows->next();
            if (!there) return failure(there.error());
            if (!*there) break;
            found.push_back(rows->integer(0));
        }
    }
    std::vector<Person> people;
    people.reserve(found.size());
    for (const auto row : found) {
        auto person = load_person(snapshot, row);
        if (!person) return failure(person.error());
        people.push_back(std::move(*person));
    }
    return people;
}

base::Result<std::string> password_hash_of(
    database::Snapshot& snapshot, std::string_view address_key
) {
    auto rows = snapshot.query(
        "SELECT password_hash FROM account_address JOIN account ON account.id = account "
        "WHERE account_address.address = ?",
        {address_key}
    );
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    return *there ? std::string(rows->text(0)) : std::string();
}

base::Result<void> set_password(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view password_hash,
    std::string_view spared_token
) {
    auto changed = transaction.execute(
        "UPDATE account SET password_hash = ? WHERE id = ?", {password_hash, person_row}
    );
    if (!changed) return failure(changed.error(), "setting a password");
    if (*changed != 1) return failure(ErrorKind::not_found, "there is no such account");
    // Whoever knew the old password must not stay, neither signed in nor by a token made meanwhile.
    auto ended = end_other_sessions(transaction, person_row, spared_token);
    if (!ended) return failure(ended.error());
    auto tokens = end_api_tokens(transaction, person_row);
    if (!tokens) return failure(tokens.error());
    return {};
}

}  // namespace accounts
