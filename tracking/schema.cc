#include "tracking/schema.h"

namespace tracking {

namespace {

// Ids and Message-IDs are random: an index over weeks of them would dirty another page with each of
// them, and every batch would write hundreds of pages. So the keys of one hour stand together: a
// batch touches the few pages of its hour, a look-up asks each hour (336 in two weeks), and old
// hours go as a whole.
constexpr std::string_view version_1 = R"sql(
-- row = time in milliseconds since 1970, UTC, * 2^20 + a number: the order of rows is the order of
-- time, and a report over days reads one range.
CREATE TABLE tracking_record(
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    stage TEXT NOT NULL,
    outcome TEXT NOT NULL,
    client TEXT NOT NULL,
    helo TEXT NOT NULL,
    tls TEXT NOT NULL,
    sender TEXT NOT NULL,
    header_from TEXT NOT NULL,
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    verdict TEXT NOT NULL,
    rule TEXT NOT NULL,
    code INTEGER NOT NULL,
    reply TEXT NOT NULL,
    backend TEXT NOT NULL,
    backend_reply TEXT NOT NULL,
    size INTEGER NOT NULL
) STRICT;

-- hour: since 1970. key: 64 bits of FNV-1a over what kind of key it is and the key.
CREATE TABLE tracking_key(
    hour INTEGER NOT NULL,
    key INTEGER NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY(hour, key, row)
) STRICT, WITHOUT ROWID;

-- How many records each hour has: counting them would read them all.
CREATE TABLE tracking_hour(hour INTEGER PRIMARY KEY, records INTEGER NOT NULL) STRICT;
)sql";

// What reports are made of (tracking/tallies.h). quarter and hour: since 1970, UTC. name: "" for
// those that had no place of their own.
constexpr std::string_view version_2 = R"sql(
CREATE TABLE tracking_count(
    quarter INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY(quarter, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE tracking_name(
    kind TEXT NOT NULL CHECK(kind IN ('rule', 'sender', 'owner')),
    hour INTEGER NOT NULL,
    name TEXT NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY(kind, hour, name)
) STRICT, WITHOUT ROWID;
)sql";

constexpr database::Migration migrations[] = {{1, version_1}, {2, version_2}};

}  // namespace

database::Schema schema() {
    return {"tracking", migrations};
}

}  // namespace tracking
