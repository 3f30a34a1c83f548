#include "database/connection.h"

#include "base/ensure.h"
#include "database/text_functions.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

namespace database {
namespace {

// Past this the cache starts anew: SQL that is composed (list filters) must not fill memory.
constexpr std::size_t cached_statements_max = 200;

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

base::ErrorKind kind_of(int code, int system_error) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return base::ErrorKind::disk_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return base::ErrorKind::corrupt;
        case SQLITE_BUSY:
            return base::ErrorKind::timeout;
        case SQLITE_CONSTRAINT:
            return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                           code == SQLITE_CONSTRAINT_ROWID
                       ? base::ErrorKind::conflict
                       : base::ErrorKind::trouble;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            return system_error == ENOSPC || system_error == EDQUOT ? base::ErrorKind::disk_full
                                                                    : base::ErrorKind::trouble;
        default:
            return base::ErrorKind::trouble;
    }
}

base::Failure failure_of(sqlite3* handle, int code) {
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    const int system_error = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    const bool of_files = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    std::string text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if (of_files && system_error != 0)
        text += fmt::format(" ({})", std::generic_category().message(system_error));
    return base::failure(kind_of(extended, system_error), "SQLite {}: {}", extended, text);
}

int bind(sqlite3_stmt* statement, int place, const Value& value, sqlite3_destructor_type keep) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, place, *integer);
    if (const auto* real = std::get_if<double>(&value))
        return sqlite3_bind_double(statement, place, *real);
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        // A view without data is an empty text and not NULL.
        const char* data = text->data() != nullptr ? text->data() : "";
        return sqlite3_bind_text64(statement, place, data, text->size(), keep, SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<Blob>(&value)) {
        const char* data = blob->bytes.data() != nullptr ? blob->bytes.data() : "";
        return sqlite3_bind_blob64(statement, place, data, blob->bytes.size(), keep);
    }
    return sqlite3_bind_null(statement, place);
}

std::string_view text_argument(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return text == nullptr
               ? std::string_view()
               : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void contains_function(sqlite3_context* context, int, sqlite3_value** values) {
    const bool found = contains_ignoring_case(text_argument(values[0]), text_argument(values[1]));
    sqlite3_result_int(context, found ? 1 : 0);
}

}  // namespace

struct Connection::State {
    Handle handle{nullptr, &sqlite3_close};
    std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle;
    std::size_t idle_count = 0;
    int in_use = 0;
    int log_pages = 0;
    std::chrono::milliseconds busy_timeout{0};

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        base::ensure(in_use == 0, "rows outlived their connection");
        forget_statements();
    }

    void forget_statements() {
        for (auto& [sql, statements] : idle)
            for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
        idle.clear();
        idle_count = 0;
    }

    base::Result<sqlite3_stmt*> take(const std::string& sql) {
        if (const auto found = idle.find(sql); found != idle.end() && !found->second.empty()) {
            sqlite3_stmt* statement = found->second.back();
            found->second.pop_back();
            --idle_count;
            ++in_use;
            return statement;
        }
        sqlite3_stmt* statement = nullptr;
        const char* tail = nullptr;
        const int code = sqlite3_prepare_v3(
            handle.get(),
            sql.c_str(),
            static_cast<int>(sql.size()) + 1,
            SQLITE_PREPARE_PERSISTENT,
            &statement,
            &tail
        );
        if (code != SQLITE_OK) return failure_of(handle.get(), code);
        base::ensure(statement != nullptr, "an empty SQL statement");
        base::ensure(
            std::string_view(tail).find_first_not_of(" \n\t;") == std::string_view::npos,
            "one SQL statement at a time"
        );
        ++in_use;
        return statement;
    }

    void give_back(std::string sql, sqlite3_stmt* statement) {
        --in_use;
        // The code of reset is the one that step has already reported.
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        if (idle_count >= cached_statements_max) forget_statements();
        idle[std::move(sql)].push_back(statement);
        ++idle_count;
    }
};

struct Rows::State {
    Connection::State* connection;
    std::string sql;
    sqlite3_stmt* statement;
    bool at_end = false;

    State(Connection::State* from, std::string text, sqlite3_stmt* prepared)
        : connection(from), sql(std::move(text)), statement(prepared) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { connection->give_back(std::move(sql), statement); }

    base::Result<void> bind_all(std::span<const Value> values, sqlite3_destructor_type keep) {
        base::ensure(
            sqlite3_bind_parameter_count(statement) == static_cast<int>(values.size()),
            "as many values as places in the SQL"
        );
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int code = bind(statement, static_cast<int>(i) + 1, values[i], keep);
            if (code != SQLITE_OK) return failure_of(connection->handle.get(), code);
        }
        return {};
    }

    base::Result<bool> step() {
        if (at_end) return false;
        const int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) return true;
        at_end = true;
        if (code == SQLITE_DONE) return false;
        return failure_of(connection->handle.get(), code);
    }
};

Rows::Rows(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

base::Result<bool> Rows::next() {
    return state_->step();
}
std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(state_->statement, column);
}
double Rows::real(int column) const {
    return sqlite3_column_double(state_->statement, column);
}
std::string_view Rows::text(int column) const {
    const auto* text =
        reinterpret_cast<const char*>(sqlite3_column_text(state_->statement, column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(state_->statement, column))};
}
std::string_view Rows::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(state_->statement, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(state_->statement, column))};
}
bool Rows::is_null(int column) const {
    return sqlite3_column_type(state_->statement, column) == SQLITE_NULL;
}

namespace {

// "PSTN": tells a store of ours from somebody else's database before anything in it is changed.
constexpr std::int64_t application_id = 0x5053544e;

base::Result<void> claim(Connection& connection, const ConnectionSettings& settings) {
    auto pages = connection.integer_of("PRAGMA page_count");
    if (!pages) return base::failure(std::move(pages.error()));
    if (*pages == 0 && settings.access == Access::read_write) {
        // auto_vacuum only counts before the first table: removed mails give their space back. It
        // writes the first page by itself, so that without the transaction a kill between the two
        // would leave a database that is not ours. BEGIN IMMEDIATE would write it even earlier.
        return connection.run_script(fmt::format(
            "BEGIN; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id={}; COMMIT",
            application_id
        ));
    }
    auto id = connection.integer_of("PRAGMA application_id");
    if (!id) return base::failure(std::move(id.error()));
    if (*id == application_id) return {};
    return base::failure(
        base::ErrorKind::invalid,
        "{} is a database, but not a store of Postern; name another file, or move this one away",
        settings.file.string()
    );
}

// Settings that carry promises are read back: a file system that cannot do WAL says so here and not
// at the first power cut.
base::Result<void> set_and_compare(Connection& connection, const ConnectionSettings& settings) {
    struct Setting {
        std::string_view name;
        std::string_view value;
        std::string_view reads_back;
    };
    static constexpr Setting for_all[] = {
        {"synchronous", "FULL", "2"},
        {"foreign_keys", "ON", "1"},
        {"trusted_schema", "OFF", "0"},
        {"cell_size_check", "ON", "1"},
        {"temp_store", "MEMORY", "2"},
    };
    const auto apply = [&](const Setting& setting) -> base::Result<void> {
        auto set = connection.run_script(fmt::format("PRAGMA {}={}", setting.name, setting.value));
        if (!set) return set;
        auto is = connection.text_of(fmt::format("PRAGMA {}", setting.name));
        if (!is) return base::failure(is.error());
        if (*is == setting.reads_back) return {};
        return base::failure(
            base::ErrorKind::trouble,
            "{} stays '{}' and must be '{}': the file system under {} does not carry a store; use "
            "a local one",
            setting.name,
            *is,
            setting.reads_back,
            settings.file.string()
        );
    };
    if (auto ours = claim(connection, settings); !ours) return ours;
    if (settings.access == Access::read_write) {
        if (auto done = apply({"journal_mode", "WAL", "wal"}); !done) return done;
        // FAST: pages that become free are not written again, so that deleting needs no room on a
        // full disk. Checkpoints are the writer's, after it has answered those who wait.
        auto done = connection.run_script(
            "PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=0;"
            "PRAGMA journal_size_limit=67108864"
        );
        if (!done) return done;
    }
    for (const auto& setting : for_all)
        if (auto done = apply(setting); !done) return done;
    return connection.run_script(fmt::format("PRAGMA cache_size=-{}", settings.cache_kib));
}

}  // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

base::Result<std::unique_ptr<Connection>> Connection::open(const ConnectionSettings& settings) {
    const int flags =
        SQLITE_OPEN_NOMUTEX |
        (settings.access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(settings.file.c_str(), &handle, flags, nullptr);
    auto state = std::make_unique<State>();
    state->handle.reset(handle);
    state->busy_timeout = settings.busy_timeout;
    if (code != SQLITE_OK) return failure_of(handle, code);

    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(settings.busy_timeout.count()));
    // "x" is a name and never quietly a text; nobody writes into the schema or shadow tables.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    const int made = sqlite3_create_function_v2(
        handle,
        "contains",
        2,
        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
        nullptr,
        &contains_function,
        nullptr,
        nullptr,
        nullptr
    );
    if (made != SQLITE_OK) return failure_of(handle, made);

    auto connection = std::unique_ptr<Connection>(new Connection(std::move(state)));
    if (auto done = set_and_compare(*connection, settings); !done)
        return base::failure(std::move(done.error()));
    // After the settings: autocheckpoint would have put its own hook here.
    sqlite3_wal_hook(
        handle,
        [](void* place, sqlite3*, const char*, int pages) {
            *static_cast<int*>(place) = pages;
            return SQLITE_OK;
        },
        &connection->state_->log_pages
    );
    return connection;
}

base::Result<Rows> Connection::query(std::string_view sql, std::span<const Value> values) {
    std::string text(sql);
    auto statement = state_->take(text);
    if (!statement) return base::failure(std::move(statement.error()));
    auto rows = std::make_unique<Rows::State>(state_.get(), std::move(text), *statement);
    // Copied: the rows are read after the caller's temporaries are gone.
    if (auto bound = rows->bind_all(values, SQLITE_TRANSIENT); !bound)
        return base::failure(std::move(bound.error()));
    return Rows(std::move(rows));
}

base::Result<std::int64_t> Connection::execute(
    std::string_view sql, std::span<const Value> values
) {
    std::string text(sql);
    auto statement = state_->take(text);
    if (!statement) return base::failure(std::move(statement.error()));
    Rows::State run(state_.get(), std::move(text), *statement);
    if (auto bound = run.bind_all(values, SQLITE_STATIC); !bound)
        return base::failure(std::move(bound.error()));
    for (;;) {
        auto more = run.step();
        if (!more) return base::failure(std::move(more.error()));
        if (!*more) break;
    }
    return sqlite3_stmt_readonly(run.statement) != 0 ? 0 : sqlite3_changes64(state_->handle.get());
}

base::Result<std::int64_t> Connection::execute(std::string_view sql) {
    return execute(sql, std::span<const Value>());
}

base::Result<void> Connection::run_script(std::string_view sql) {
    const std::string text(sql);
    const int code = sqlite3_exec(state_->handle.get(), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure_of(state_->handle.get(), code);
    return {};
}

base::Result<std::int64_t> Connection::integer_of(std::string_view sql) {
    auto rows = query(sql, {});
    if (!rows) return base::failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return base::failure(std::move(found.error()));
    if (!*found) return base::failure(base::ErrorKind::not_found, "no row: {}", sql);
    return rows->integer(0);
}

base::Result<std::string> Connection::text_of(std::string_view sql) {
    auto rows = query(sql, {});
    if (!rows) return base::failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return base::failure(std::move(found.error()));
    if (!*found) return base::failure(base::ErrorKind::not_found, "no row: {}", sql);
    return std::string(rows->text(0));
}

std::int64_t Connection::last_inserted_id() const {
    return sqlite3_last_insert_rowid(state_->handle.get());
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(state_->handle.get()) == 0;
}

int Connection::log_pages() const {
    return state_->log_pages;
}

base::Result<void> Connection::checkpoint(
    Checkpoint how, std::optional<std::chrono::milliseconds> patience
) {
    const int mode =
        how == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    sqlite3* handle = state_->handle.get();
    const auto busy_timeout = patience.value_or(state_->busy_timeout);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr);
    base::Result<void> done;
    if (code != SQLITE_OK) done = failure_of(handle, code);
    sqlite3_busy_timeout(handle, static_cast<int>(state_->busy_timeout.count()));
    return done;
}

base::Result<void> Connection::copy_to(const std::filesystem::path& target) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(
        target.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr
    );
    const Handle copy(opened, &sqlite3_close);
    if (code != SQLITE_OK) return failure_of(opened, code);
    sqlite3_backup* backup = sqlite3_backup_init(opened, "main", state_->handle.get(), "main");
    if (backup == nullptr) return failure_of(opened, sqlite3_errcode(opened));
    // All pages in one step are one snapshot. In several steps every commit of the writer would
    // start the copy anew, and a busy gateway would never finish one.
    const int stepped = sqlite3_backup_step(backup, -1);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return failure_of(opened, stepped);
    if (finished != SQLITE_OK) return failure_of(opened, finished);
    return {};
}

}  // namespace database
