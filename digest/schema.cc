#include "digest/schema.h"

#include <array>

namespace digest {

namespace {

// Times are milliseconds since 1970, UTC. Addresses are keys.
constexpr std::string_view version_1 = R"sql(
-- One mail that told somebody of holds, and the page behind its link. The link itself is only in
-- the mail: here is the SHA-256 of its token.
CREATE TABLE digest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('digest', 'notice')),
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    is_revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX digest_to ON digest (recipient);
CREATE INDEX digest_age ON digest (kept_until);

-- What it lists, newest first from 1. hold: a hold's id; that hold may be gone by now. is_repeat:
-- an earlier one lists it too, which happens only when somebody asks for it.
-- undo, undo_until: what can be taken back of the last act done on the page; '' for nothing.
CREATE TABLE digest_item (
    digest INTEGER NOT NULL REFERENCES digest (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    hold TEXT NOT NULL,
    is_repeat INTEGER NOT NULL,
    undo TEXT NOT NULL DEFAULT '',
    undo_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (digest, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX digest_item_once ON digest_item (hold) WHERE is_repeat = 0;
CREATE UNIQUE INDEX digest_item_of_hold ON digest_item (digest, hold);

-- Until when the times at which digests are due have been served; while a round is under way, until
-- when it serves them.
CREATE TABLE digest_clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    served_until INTEGER NOT NULL,
    round_until INTEGER
) STRICT;
)sql";

constexpr std::array migrations = {database::Migration{1, version_1}};

}  // namespace

database::Schema schema() {
    return {"digest", migrations};
}

}  // namespace digest
