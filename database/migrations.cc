#include "database/migrations.h"

#include "base/ensure.h"

#include <array>

namespace database {
namespace {

constexpr Migration own_migrations[] = {
    {1, "CREATE TABLE store_state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"},
};
constexpr Schema own_schema = {"database", own_migrations};

base::Result<int> version_of(Connection& connection, std::string_view room) {
    const std::array<Value, 1> values = {room};
    auto rows = connection.query("SELECT version FROM schema_version WHERE room = ?", values);
    if (!rows) return base::failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return base::failure(std::move(found.error()));
    return *found ? static_cast<int>(rows->integer(0)) : 0;
}

base::Failure is_newer(std::string_view room, int version, int known) {
    return base::failure(
        base::ErrorKind::newer_version,
        "the store was written by a newer Postern (tables of {}: version {}, this program knows "
        "{}); start the newer program, or restore the backup from before the upgrade",
        room,
        version,
        known
    );
}

int known_version(const Schema& schema) {
    return schema.migrations.empty() ? 0 : schema.migrations.back().version;
}

base::Result<void> step(Connection& connection, std::string_view room, const Migration& migration) {
    auto begun = connection.execute("BEGIN IMMEDIATE");
    if (!begun) return base::failure(std::move(begun.error()));
    auto done = connection.run_script(migration.sql);
    if (done) {
        const std::array<Value, 2> values = {room, std::int64_t{migration.version}};
        auto noted = connection.execute(
            "INSERT INTO schema_version(room, version) VALUES(?, ?) "
            "ON CONFLICT(room) DO UPDATE SET version = excluded.version",
            values
        );
        if (!noted) done = base::failure(std::move(noted.error()));
    }
    if (done) done = connection.run_script("COMMIT");
    if (!done && connection.in_transaction()) {
        // The first error is the one to tell; a rollback that fails too leaves nothing committed.
        (void)connection.run_script("ROLLBACK");
    }
    if (!done)
        return base::failure(
            done.error(), fmt::format("migrating {} to version {}", room, migration.version)
        );
    return {};
}

base::Result<void> migrate_room(Connection& connection, const Schema& schema, base::Log& log) {
    auto version = version_of(connection, schema.room);
    if (!version) return base::failure(std::move(version.error()));
    int before = *version;
    for (const auto& migration : schema.migrations) {
        if (migration.version <= before) continue;
        base::ensure(migration.version == before + 1, "migrations count up by one");
        if (auto done = step(connection, schema.room, migration); !done) return done;
        before = migration.version;
        log.info(
            "store_migrated",
            {{"room", std::string(schema.room)}, {"version", std::to_string(migration.version)}}
        );
    }
    return {};
}

base::Result<void> refuse_newer(Connection& connection, const Schema& schema) {
    auto version = version_of(connection, schema.room);
    if (!version) return base::failure(std::move(version.error()));
    if (*version > known_version(schema))
        return is_newer(schema.room, *version, known_version(schema));
    return {};
}

}  // namespace

base::Result<void> migrate(
    Connection& connection, std::span<const Schema> schemas, base::Log& log
) {
    auto made = connection.run_script(
        "CREATE TABLE IF NOT EXISTS schema_version("
        "room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID"
    );
    if (!made) return made;
    // All are compared before the first is changed: a newer store stays as it is.
    if (auto fits = refuse_newer(connection, own_schema); !fits) return fits;
    for (const auto& schema : schemas)
        if (auto fits = refuse_newer(connection, schema); !fits) return fits;
    if (auto done = migrate_room(connection, own_schema, log); !done) return done;
    for (const auto& schema : schemas)
        if (auto done = migrate_room(connection, schema, log); !done) return done;
    return {};
}

base::Result<void> compare_versions(Connection& connection, std::span<const Schema> schemas) {
    auto there = connection.integer_of(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'"
    );
    if (!there) return base::failure(std::move(there.error()));
    for (const auto& schema : schemas) {
        int version = 0;
        if (*there != 0) {
            auto found = version_of(connection, schema.room);
            if (!found) return base::failure(std::move(found.error()));
            version = *found;
        }
        if (version > known_version(schema))
            return is_newer(schema.room, version, known_version(schema));
        if (version < known_version(schema))
            return base::failure(
                base::ErrorKind::trouble,
                "the store is older than this program (tables of {}: version {}, needed {}); start "
                "`postern serve` of this version once, it brings them up to date",
                schema.room,
                version,
                known_version(schema)
            );
    }
    return {};
}

}  // namespace database
