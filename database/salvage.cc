#include "database/salvage.h"

#include <sqlite3.h>

#include <limits>
#include <optional>
#include <utility>

namespace database {
namespace {

namespace fs = std::filesystem;

using SalvageHandle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

// A damaged length must not ask for gigabytes. The longest that is stored is a message's text.
constexpr int value_bytes_max = 32 * 1024 * 1024;
// So many broken places in one table, and the rest of it is given up: it would take for ever.
constexpr std::size_t gaps_max = 100'000;

Found value_of(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(statement, column)};
        case SQLITE_FLOAT:
            return sqlite3_column_double(statement, column);
        case SQLITE_TEXT:
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
            if (bytes == nullptr) return std::string();
            return std::string(
                bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))
            );
        }
        default:
            return std::monostate();
    }
}

// "a, b" for {"a", "b"}, each followed by `after`.
std::string joined(std::span<const std::string_view> names, std::string_view after) {
    std::string text;
    for (const auto name : names) {
        if (!text.empty()) text += ", ";
        text += name;
        text += after;
    }
    return text;
}

}  // namespace

std::int64_t integer_in(const Found& value) {
    const auto* integer = std::get_if<std::int64_t>(&value);
    return integer != nullptr ? *integer : 0;
}

std::string_view text_in(const Found& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

struct Salvage::State {
    SalvageHandle handle{nullptr, &sqlite3_close};

    std::string error() const { return sqlite3_errmsg(handle.get()); }

    bool open(const std::string& name, int flags) {
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
        handle.reset(opened);
        if (code != SQLITE_OK) return false;
        sqlite3_extended_result_codes(opened, 1);
        sqlite3_busy_timeout(opened, 10'000);
        sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, value_bytes_max);
        // writable_schema: a broken line in the list of tables costs that table and not all.
        const int set = sqlite3_exec(
            opened,
            "PRAGMA writable_schema=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=OFF;"
            "SELECT count(*) FROM sqlite_schema",
            nullptr,
            nullptr,
            nullptr
        );
        return set == SQLITE_OK;
    }

    Statement prepare(const std::string& sql) const {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(handle.get(), sql.c_str(), -1, &statement, nullptr);
        return {statement, &sqlite3_finalize};
    }

    // The first key from `from` on; none when there is none; an error when that cannot be read.
    base::Result<std::optional<std::int64_t>> key_from(
        std::string_view table, std::string_view key, std::int64_t from
    ) const {
        const auto statement = prepare(fmt::format(
            "SELECT {0} FROM {1} NOT INDEXED WHERE {0} >= ? ORDER BY {0} LIMIT 1", key, table
        ));
        if (!statement) return base::failure(base::ErrorKind::corrupt, "{}", error());
        sqlite3_bind_int64(statement.get(), 1, from);
        const int code = sqlite3_step(statement.get());
        if (code == SQLITE_DONE) return std::optional<std::int64_t>();
        if (code != SQLITE_ROW) return base::failure(base::ErrorKind::corrupt, "{}", error());
        const std::int64_t found = sqlite3_column_int64(statement.get(), 0);
        // A page that is out of order would lead in circles.
        if (found < from) return base::failure(base::ErrorKind::corrupt, "keys out of order");
        return std::optional<std::int64_t>(found);
    }

    // Where reading goes on after `broken`: steps double until something can be read, then the
    // smallest such place is looked for. None when there is nothing up to `last`.
    std::optional<std::int64_t> behind(
        std::string_view table, std::string_view key, std::int64_t broken, std::int64_t last
    ) const {
        std::int64_t low = broken;
        std::int64_t high = broken;
        for (std::int64_t stride = 1;; stride *= 2) {
            if (low >= last || stride > last - low) return std::nullopt;
            high = low + stride;
            if (key_from(table, key, high)) break;
            low = high;
            if (stride > std::numeric_limits<std::int64_t>::max() / 4) return std::nullopt;
        }
        while (high - low > 1) {
            const std::int64_t middle = low + (high - low) / 2;
            (key_from(table, key, middle) ? high : low) = middle;
        }
        return high;
    }
};

Salvage::Salvage(std::unique_ptr<State> state) : state_(std::move(state)) {}
Salvage::~Salvage() = default;

base::Result<std::unique_ptr<Salvage>> Salvage::open(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error))
        return base::failure(base::ErrorKind::not_found, "there is no store at {}", file.string());
    auto salvage = std::unique_ptr<Salvage>(new Salvage(std::make_unique<State>()));
    State& state = *salvage->state_;
    if (state.open(file.string(), SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX)) return salvage;
    const std::string first = state.error();
    // Without the log and without locks: when the log, or the directory, is what is broken.
    std::string name = "file:";
    for (const char c : file.string())
        name += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02x}", c) : std::string(1, c);
    if (state.open(
            name + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
        )) {
        salvage->note_ = fmt::format(
            "{} could only be read without its log {}-wal ({}): what was written last may be "
            "missing",
            file.string(),
            file.filename().string(),
            first
        );
        return salvage;
    }
    return base::failure(
        base::ErrorKind::corrupt,
        "{} cannot be read at all ({}): its first page is damaged. Use the last backup, or "
        "try `sqlite3 {} .recover`",
        file.string(),
        first,
        file.string()
    );
}

std::vector<std::string> Salvage::problems(int most) const {
    std::vector<std::string> found;
    const auto statement = state_->prepare(fmt::format("PRAGMA integrity_check({})", most));
    int code = SQLITE_ERROR;
    while (statement && (code = sqlite3_step(statement.get())) == SQLITE_ROW)
        found.emplace_back(text_in(value_of(statement.get(), 0)));
    if (code != SQLITE_DONE) found.push_back(state_->error());
    if (found.size() == 1 && found.front() == "ok") found.clear();
    return found;
}

base::Result<Salvage::Reading> Salvage::rows_by_number(
    std::string_view table,
    std::string_view key,
    std::string_view columns,
    std::int64_t first,
    std::int64_t last,
    const Each& each
) {
    Reading reading;
    const auto statement = state_->prepare(fmt::format(
        "SELECT {0}, {1} FROM {2} NOT INDEXED WHERE {0} >= ? AND {0} <= ? ORDER BY {0}",
        key,
        columns,
        table
    ));
    if (!statement) {
        reading.gaps.push_back(fmt::format("{}: all of it: {}", table, state_->error()));
        return reading;
    }
    const int count = sqlite3_column_count(statement.get());
    std::vector<Found> row(static_cast<std::size_t>(count));
    std::int64_t next = first;
    for (;;) {
        sqlite3_reset(statement.get());
        sqlite3_bind_int64(statement.get(), 1, next);
        sqlite3_bind_int64(statement.get(), 2, last);
        int code = SQLITE_OK;
        bool in_order = true;
        while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
            const std::int64_t found = sqlite3_column_int64(statement.get(), 0);
            in_order = found >= next;
            if (!in_order) break;
            for (int i = 0; i < count; ++i)
                row[static_cast<std::size_t>(i)] = value_of(statement.get(), i);
            ++reading.rows;
            if (auto done = each(row); !done) return base::failure(std::move(done.error()));
            if (found == last) return reading;
            next = found + 1;
        }
        if (code == SQLITE_DONE) return reading;
        const std::string why = in_order ? state_->error() : "keys out of order";
        sqlite3_reset(statement.get());
        const auto behind = state_->behind(table, key, next, last);
        reading.gaps.push_back(
            behind ? fmt::format("{}: between {} and {}: {}", table, next, *behind - 1, why)
                   : fmt::format("{}: from {} on: {}", table, next, why)
        );
        if (!behind) return reading;
        if (reading.gaps.size() >= gaps_max) {
            reading.gaps.push_back(fmt::format("{}: given up at {}", table, *behind));
            return reading;
        }
        next = *behind;
    }
}

base::Result<Salvage::Reading> Salvage::rows_by_key(
    std::string_view table,
    std::span<const std::string_view> keys,
    std::string_view columns,
    const Each& each
) {
    Reading reading;
    std::vector<Found> last_read;  // of the way forward: the way back ends there
    for (const std::string_view direction : {" ASC", " DESC"}) {
        const auto statement = state_->prepare(fmt::format(
            "SELECT {}, {} FROM {} ORDER BY {}",
            joined(keys, ""),
            columns,
            table,
            joined(keys, direction)
        ));
        if (!statement) {
            reading.gaps.push_back(fmt::format("{}: all of it: {}", table, state_->error()));
            return reading;
        }
        const int count = sqlite3_column_count(statement.get());
        std::vector<Found> row(static_cast<std::size_t>(count));
        int code = SQLITE_OK;
        while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
            for (int i = 0; i < count; ++i)
                row[static_cast<std::size_t>(i)] = value_of(statement.get(), i);
            const bool is_back = direction == " DESC";
            if (is_back && row == last_read) return reading;
            ++reading.rows;
            if (auto done = each(row); !done) return base::failure(std::move(done.error()));
            if (!is_back) last_read = row;
        }
        if (code == SQLITE_DONE) return reading;
        reading.gaps.push_back(fmt::format(
            "{}: {}: {}",
            table,
            direction == " ASC" ? "from a place on" : "up to a place before its end",
            state_->error()
        ));
    }
    return reading;
}

}  // namespace database
