#include "quarantine/message.h"

namespace quarantine {
namespace {

// Times are milliseconds since 1970, UTC.
constexpr std::string_view version_1 = R"sql(
-- Bytes, once by digest. sha256 is NULL when nobody refers to them any more and their chunks are
-- being removed, a few at a time.
CREATE TABLE message(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB UNIQUE,
    size INTEGER NOT NULL,
    chunks INTEGER NOT NULL
);

-- row = message row * 2^20 + number from 0; each compressed by itself (zstd).
CREATE TABLE message_chunk(row INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

-- What a transaction brought, once however many recipients. message is NULL when the bytes have
-- been removed and only facts of ended holds are left. AUTOINCREMENT here and in the outbox: a row
-- number that somebody still has in hand never means another mail.
CREATE TABLE mail(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id TEXT NOT NULL,
    message INTEGER REFERENCES message(row),
    sha256 BLOB NOT NULL,
    size INTEGER NOT NULL,
    sender TEXT NOT NULL,
    body TEXT NOT NULL CHECK(body IN ('7BIT', '8BITMIME')),
    smtputf8 INTEGER NOT NULL,
    dsn_return TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    client TEXT NOT NULL,
    helo TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    header_from_name TEXT NOT NULL,
    header_from_address TEXT NOT NULL,
    header_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    attachments INTEGER NOT NULL
);
CREATE INDEX mail_of_message ON mail(message) WHERE message IS NOT NULL;

-- Apart from mail, so that lists do not read over it.
CREATE TABLE mail_text(
    mail INTEGER PRIMARY KEY REFERENCES mail(row) ON DELETE CASCADE,
    text TEXT NOT NULL
);

-- row = received_at * 2^20 + a number: the order of rows is the order of receipt, so that one
-- integer is the key of every page and of the search index.
CREATE TABLE hold(
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    mail INTEGER NOT NULL REFERENCES mail(row),
    owner TEXT NOT NULL,
    kind TEXT NOT NULL CHECK(kind IN ('user', 'moderator', 'administrator')),
    state TEXT NOT NULL CHECK(state IN
        ('held', 'released', 'delivered', 'rejected', 'reported', 'expired', 'failed')),
    expires_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL DEFAULT '',
    report INTEGER NOT NULL DEFAULT 0,
    recipient TEXT NOT NULL,
    notify TEXT NOT NULL,
    original_recipient TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    trace TEXT NOT NULL,
    added_fields TEXT NOT NULL
);
CREATE INDEX hold_of_owner ON hold(owner, kind, state);
CREATE INDEX hold_in_state ON hold(state);
CREATE INDEX hold_of_mail ON hold(mail, state);
CREATE INDEX hold_to_expire ON hold(expires_at) WHERE state IN ('held', 'failed');
CREATE INDEX hold_to_remove ON hold(decided_at)
    WHERE state IN ('delivered', 'rejected', 'reported', 'expired');

-- state is the hold's own, repeated for the moderators' lists.
CREATE TABLE hold_moderator(
    moderator TEXT NOT NULL,
    state TEXT NOT NULL,
    hold INTEGER NOT NULL REFERENCES hold(row) ON DELETE CASCADE,
    PRIMARY KEY(moderator, state, hold)
) WITHOUT ROWID;
CREATE INDEX hold_moderator_of_hold ON hold_moderator(hold);
CREATE TRIGGER hold_state_for_moderators AFTER UPDATE OF state ON hold BEGIN
    UPDATE hold_moderator SET state = new.state WHERE hold = new.row;
END;

CREATE TABLE hold_event(
    row INTEGER PRIMARY KEY,
    hold INTEGER NOT NULL REFERENCES hold(row) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX hold_event_of_hold ON hold_event(hold);

-- What is indexed of a hold. reach: one word for its owner and for each moderator, so that a search
-- never walks through what other people hold. The text of an expired hold is gone with its bytes.
CREATE VIEW hold_text AS
SELECT
    h.row AS row,
    'o' || lower(hex(h.owner)) || coalesce(
        (SELECT group_concat(' m' || lower(hex(g.moderator)), '')
         FROM hold_moderator g WHERE g.hold = h.row), '') AS reach,
    m.subject AS subject,
    m.header_from_name || ' ' || m.header_from_address || ' ' || m.sender AS sender,
    m.header_to || ' ' || h.recipient AS recipient,
    h.reason || ' ' || h.rule AS reason,
    CASE h.state WHEN 'expired' THEN '' ELSE
        coalesce((SELECT t.text FROM mail_text t WHERE t.mail = h.mail), '') END AS text
FROM hold h JOIN mail m ON m.row = h.mail;

CREATE VIRTUAL TABLE hold_search USING fts5(
    reach, subject, sender, recipient, reason, text,
    content = 'hold_text', content_rowid = 'row', columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 2'
);

-- A hold has at most one row here: it leaves once.
CREATE TABLE outbox(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    mail INTEGER NOT NULL REFERENCES mail(row),
    hold INTEGER UNIQUE REFERENCES hold(row),
    recipient TEXT NOT NULL,
    notify TEXT NOT NULL,
    original_recipient TEXT NOT NULL,
    added_fields TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    first_due INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    is_being_sent INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox(is_being_sent, due);
CREATE INDEX outbox_of_mail ON outbox(mail);

CREATE TABLE rejected(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    header_from TEXT NOT NULL,
    subject TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    client TEXT NOT NULL,
    mail_id TEXT NOT NULL
);
CREATE INDEX rejected_for ON rejected(recipient);
CREATE INDEX rejected_at ON rejected(at);

-- When expiry last looked at the clock, and until when it rests after a jump.
CREATE TABLE expiry_clock(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    looked_at INTEGER NOT NULL,
    rests_until INTEGER NOT NULL
);
)sql";

// A mail by the id of its 250, for `trace`.
constexpr std::string_view version_2 = "CREATE INDEX mail_of_id ON mail(mail_id)";

// Acts that can be taken back, jobs, and answers that may be asked for again.
constexpr std::string_view version_3 = R"sql(
-- One thing somebody asked for, on holds named one by one or (a job) on all that match a filter.
-- plan and progress are JSON of whoever acts. id: a job's id, else a hash of the word that takes
-- the act back.
CREATE TABLE act(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    is_job INTEGER NOT NULL,
    who TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN
        ('running', 'ending', 'undoing', 'done', 'cancelled', 'failed', 'undone')),
    plan TEXT NOT NULL,
    progress TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    undo_until INTEGER
);
CREATE INDEX act_of ON act(who, is_job);
CREATE INDEX act_at_work ON act(row) WHERE state IN ('running', 'ending', 'undoing');
CREATE INDEX act_to_forget ON act(finished_at);

-- What an act did to a hold, and when: the decision it may take back. effect is JSON of whoever
-- acts. Goes when the act can no longer be taken back.
CREATE TABLE act_done(
    act INTEGER NOT NULL REFERENCES act(row) ON DELETE CASCADE,
    hold INTEGER NOT NULL,
    at INTEGER NOT NULL,
    effect TEXT NOT NULL,
    PRIMARY KEY(act, hold)
) WITHOUT ROWID;

-- The first answer to a request that carries a key of its own (Idempotency-Key), by hashes.
CREATE TABLE answer(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    who TEXT NOT NULL,
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE(who, key)
);
)sql";

// IfRefused as a number. Notices that wait already are told apart by what made them.
constexpr std::string_view version_4 = R"sql(
ALTER TABLE outbox ADD COLUMN if_refused INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET if_refused = 1 WHERE hold IS NULL AND rule = 'notice';
)sql";

constexpr database::Migration migrations[] = {
    {1, version_1},
    {2, version_2},
    {3, version_3},
    {4, version_4},
};

}  // namespace

database::Schema schema() {
    return {"quarantine", migrations};
}

}  // namespace quarantine
