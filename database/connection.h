#pragma once

#include "base/result.h"
#include "database/statement.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace database {

enum class Access { read_write, read_only };

struct ConnectionSettings {
    std::filesystem::path file;
    Access access = Access::read_write;
    std::chrono::milliseconds busy_timeout{10'000};
    int cache_kib = 4096;
};

// How far a checkpoint goes: `passive` copies what it can without waiting for anybody, `truncate`
// waits for readers and writers and empties the log file.
enum class Checkpoint { passive, truncate };

// One SQLite connection with Postern's settings (WAL, synchronous=FULL, foreign keys; each read
// back and compared) and a cache of prepared statements. Belongs to one thread at a time. Besides
// SQL's own functions it knows contains(text, part): substring without case, Unicode included.
class Connection {
  public:
    // The file must exist (it may be empty). Errors: corrupt (not a database), disk_full, trouble.
    static base::Result<std::unique_ptr<Connection>> open(const ConnectionSettings& settings);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    base::Result<Rows> query(std::string_view sql, std::span<const Value> values);
    base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> values);
    base::Result<std::int64_t> execute(std::string_view sql);
    // Several statements without values.
    base::Result<void> run_script(std::string_view sql);
    // First column of the first row; not_found when there is none.
    base::Result<std::int64_t> integer_of(std::string_view sql);
    base::Result<std::string> text_of(std::string_view sql);

    std::int64_t last_inserted_id() const;
    // False also after SQLite has undone a transaction by itself (disk full, I/O error).
    bool in_transaction() const;

    // Pages in the write-ahead log after the last commit of this connection.
    int log_pages() const;
    // `patience`: how long to wait for others; without it the busy timeout. Error timeout: somebody
    // still reads from the log.
    base::Result<void> checkpoint(
        Checkpoint how, std::optional<std::chrono::milliseconds> patience = std::nullopt
    );

    // Copies one consistent state into `target`, an existing empty file.
    base::Result<void> copy_to(const std::filesystem::path& target);

  private:
    friend class Rows;
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace database
