#include "accounts/schema.h"

#include <array>

namespace accounts {

namespace {

// Times are milliseconds since 1970, UTC. `address` and `owner_address` are address keys.
constexpr std::string_view version_1 = R"sql(
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL CHECK (role IN ('user', 'moderator', 'administrator')),
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The account's own address and its aliases.
CREATE TABLE account_address (
    address TEXT NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_address_of ON account_address (account, address);

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    client TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of ON session (account, started_at);
CREATE INDEX session_age ON session (seen_at);

-- subject: 'account ADDRESS' or 'source CLIENT'.
CREATE TABLE sign_in_failure (
    subject TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failure_age ON sign_in_failure (last_at);
CREATE INDEX sign_in_failure_weight ON sign_in_failure (failures, last_at);

-- owner: 'account ROW' or 'address KEY'. class 0 decides (blocked, permitted, auto_permitted: an
-- entry is in one of them), class 1 is trusted. The primary key is the look-up of a decision.
CREATE TABLE managed_sender (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    class INTEGER NOT NULL CHECK (class IN (0, 1)),
    list TEXT NOT NULL CHECK (list IN ('blocked', 'permitted', 'auto_permitted', 'trusted')),
    is_address INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (owner, key, class)
) STRICT, WITHOUT ROWID;

-- Counting a long list on every addition would make filling it quadratic.
CREATE TABLE managed_sender_count (
    owner TEXT NOT NULL PRIMARY KEY,
    entries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER managed_sender_added AFTER INSERT ON managed_sender BEGIN
    INSERT INTO managed_sender_count VALUES (NEW.owner, 1)
        ON CONFLICT (owner) DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER managed_sender_removed AFTER DELETE ON managed_sender BEGIN
    UPDATE managed_sender_count SET entries = entries - 1 WHERE owner = OLD.owner;
END;

-- hash: SHA-256 over the hash of the row before and this row's fields.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    source TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_stays_as_written BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
)sql";

constexpr std::string_view version_2 = R"sql(
-- No row, or '' and 0 in it: as the site has it. digest_times: 'HH:MM HH:MM'; digest_days: bit 0 is
-- Monday.
CREATE TABLE preference (
    account INTEGER PRIMARY KEY REFERENCES account (id),
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    notify TEXT NOT NULL CHECK (notify IN ('', 'digest', 'notice', 'none')),
    digest_times TEXT NOT NULL,
    digest_days INTEGER NOT NULL
) STRICT;

-- Who acts for a mailbox that is not theirs. mailbox: address key, with or without an account.
CREATE TABLE delegation (
    account INTEGER NOT NULL REFERENCES account (id),
    mailbox TEXT NOT NULL,
    since INTEGER NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (account, mailbox)
) STRICT, WITHOUT ROWID;
CREATE INDEX delegation_of ON delegation (mailbox, account);

-- What a person sees of their sessions: a name for each that is no secret, and the program.
ALTER TABLE session ADD COLUMN public_id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
UPDATE session SET public_id = lower(hex(randomblob(10)));
CREATE UNIQUE INDEX session_named ON session (account, public_id);

-- scopes: separated by spaces. used_at: 0 for never.
CREATE TABLE api_token (
    token_hash BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_of ON api_token (account, created_at);
CREATE INDEX api_token_age ON api_token (expires_at);

-- A visit ends when nothing has been asked for half an hour. previous_at: when the one before the
-- present one ended; 0: there was none.
CREATE TABLE visit (
    account INTEGER PRIMARY KEY REFERENCES account (id),
    last_at INTEGER NOT NULL,
    previous_at INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::array migrations = {
    database::Migration{1, version_1},
    database::Migration{2, version_2},
};

}  // namespace

database::Schema schema() {
    return {"accounts", migrations};
}

}  // namespace accounts
