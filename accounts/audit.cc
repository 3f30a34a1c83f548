#include "accounts/audit.h"

#include "accounts/time_column.h"
#include "base/sha256.h"
#include "base/utf8.h"

namespace accounts {

using base::ErrorKind;
using base::failure;

namespace {

constexpr std::size_t field_bytes_max = 2000;

// Each field with its length in front, so that no two rows give the same bytes.
base::Digest hash_of(std::string_view before, std::int64_t id, const AuditEntry& entry) {
    base::Sha256 hash;
    hash.update(before);
    const auto add = [&](std::string_view field) {
        hash.update(fmt::format("{}:", field.size()));
        hash.update(field);
    };
    add(fmt::format("{}", id));
    add(fmt::format("{}", to_column(entry.at)));
    add(entry.who);
    add(entry.act);
    add(entry.object);
    add(entry.detail);
    add(entry.source);
    return hash.finish();
}

std::string kept(std::string_view field) {
    // SQL text ends at a NUL for half of its functions; in a log field it means nothing.
    auto text = base::to_valid_utf8(base::utf8_prefix(field, field_bytes_max));
    for (auto& c : text)
        if (c == '\0') c = ' ';
    return text;
}

struct Last {
    std::int64_t id = 0;
    std::string hash = std::string(32, '\0');
};

base::Result<Last> last_row(database::Snapshot& snapshot) {
    auto rows = snapshot.query("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1");
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    if (!*there) return Last();
    return Last{rows->integer(0), std::string(rows->blob(1))};
}

AuditEntry audit_entry_in(const database::Rows& rows) {
    return {
        from_column(rows.integer(1)),
        std::string(rows.text(2)),
        std::string(rows.text(3)),
        std::string(rows.text(4)),
        std::string(rows.text(5)),
        std::string(rows.text(6))
    };
}

// The highest id ever given: what tells a cut-off end from an end.
base::Result<std::int64_t> highest_id_given(database::Snapshot& snapshot) {
    auto rows = snapshot.query("SELECT seq FROM sqlite_sequence WHERE name = 'audit'");
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    return *there ? rows->integer(0) : std::int64_t{0};
}

}  // namespace

base::Result<void> add_audit(database::Transaction& transaction, const AuditEntry& entry) {
    const AuditEntry row{
        entry.at,
        kept(entry.who),
        kept(entry.act),
        kept(entry.object),
        kept(entry.detail),
        kept(entry.source)
    };
    auto last = last_row(transaction);
    if (!last) return failure(last.error(), "reading the audit trail");
    auto highest = highest_id_given(transaction);
    if (!highest) return failure(highest.error(), "reading the audit trail");
    // Not after the last row there is: when somebody cut the end off, the gap stays.
    const auto id = *highest + 1;
    const auto hash = hash_of(last->hash, id, row);
    auto added = transaction.execute(
        "INSERT INTO audit (id, at, who, act, object, detail, source, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {id,
         to_column(row.at),
         row.who,
         row.act,
         row.object,
         row.detail,
         row.source,
         database::Blob{base::as_bytes(hash)}}
    );
    if (!added) return failure(added.error(), "writing the audit trail");
    return {};
}

base::Result<std::uint64_t> verify_audit(database::Snapshot& snapshot) {
    Last last;
    {
        auto rows = snapshot.query(
            "SELECT id, at, who, act, object, detail, source, hash FROM audit ORDER BY id"
        );
        if (!rows) return failure(rows.error(), "reading the audit trail");
        for (;;) {
            auto there = rows->next();
            if (!there) return failure(there.error(), "reading the audit trail");
            if (!*there) break;
            const auto id = rows->integer(0);
            if (id != last.id + 1)
                return failure(ErrorKind::corrupt, "the audit trail misses row {}", last.id + 1);
            if (rows->blob(7) != base::as_bytes(hash_of(last.hash, id, audit_entry_in(*rows))))
                return failure(
                    ErrorKind::corrupt, "row {} of the audit trail is not what was written", id
                );
            last = {id, std::string(rows->blob(7))};
        }
    }
    auto highest = highest_id_given(snapshot);
    if (!highest) return failure(highest.error(), "reading the audit trail");
    if (*highest != last.id)
        return failure(
            ErrorKind::corrupt,
            "the audit trail ends at row {}, but {} were written",
            last.id,
            *highest
        );
    // Rows count from 1 without a gap.
    return static_cast<std::uint64_t>(last.id);
}

base::Result<std::vector<AuditEntry>> latest_audit(database::Snapshot& snapshot, int limit) {
    auto rows = snapshot.query(
        "SELECT id, at, who, act, object, detail, source FROM audit ORDER BY id DESC LIMIT ?",
        {std::int64_t{limit}}
    );
    if (!rows) return failure(rows.error(), "reading the audit trail");
    std::vector<AuditEntry> entries;
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "reading the audit trail");
        if (!*there) return entries;
        entries.push_back(audit_entry_in(*rows));
    }
}

}  // namespace accounts
