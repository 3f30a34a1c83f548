#include "database/store.h"

#include "database/backup.h"
#include "database/connection.h"
#include "database/disk_room.h"
#include "database/lock_file.h"
#include "database/migrations.h"
#include "database/readers.h"
#include "database/resume.h"
#include "database/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace database {
namespace {

namespace fs = std::filesystem;

// quick_check reads the whole file: seconds for a gigabyte. A small store is always checked; a
// bigger one after it was not closed properly; a very big one never at start (mail would wait for
// minutes), and the log says so. Whatever is read later is still checked: pages by SQLite, messages
// by their digest.
constexpr std::uint64_t always_checked_bytes = 64ULL * 1024 * 1024;
constexpr std::uint64_t checked_bytes_max = 2ULL * 1024 * 1024 * 1024;

constexpr int writer_cache_kib = 16 * 1024;
constexpr int reader_cache_kib = 4 * 1024;

ConnectionSettings writing(const StoreSettings& settings) {
    ConnectionSettings result;
    result.file = settings.file;
    result.cache_kib = writer_cache_kib;
    // A guest waits for the server's groups, not the other way round.
    result.busy_timeout = std::chrono::seconds(settings.owner == Owner::guest ? 30 : 10);
    return result;
}

ConnectionSettings reading(const StoreSettings& settings) {
    ConnectionSettings result;
    result.file = settings.file;
    result.access = Access::read_only;
    result.cache_kib = reader_cache_kib;
    return result;
}

base::Failure damaged(const fs::path& file, std::string_view found) {
    return base::failure(
        base::ErrorKind::corrupt,
        "the store {} is damaged ({}); nothing was changed. Keep a copy of it with its -wal file, "
        "check the disk, and put the last backup in its place; `postern recover DIRECTORY` exports "
        "what can still be read of it",
        file.string(),
        found
    );
}

base::Failure explained(const base::Error& error, const fs::path& file) {
    if (error.kind == base::ErrorKind::corrupt) return damaged(file, error.text);
    if (error.kind == base::ErrorKind::disk_full)
        return base::failure(
            error, fmt::format("the disk under {} is full, free some space", file.string())
        );
    return base::failure(error, fmt::format("opening the store {}", file.string()));
}

base::Result<void> make_directory(const fs::path& file) {
    std::error_code error;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
    if (error)
        return base::failure(
            base::ErrorKind::trouble,
            "cannot make the directory {}: {}",
            file.parent_path().string(),
            error.message()
        );
    return {};
}

// Everybody's held mail: for the gateway's own user only.
base::Result<void> make_empty_when_missing(const fs::path& file) {
    std::error_code error;
    if (fs::exists(file, error)) return {};
    const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0)
        return base::failure(
            errno == ENOSPC ? base::ErrorKind::disk_full : base::ErrorKind::trouble,
            "cannot make the store {}: {}",
            file.string(),
            std::generic_category().message(errno)
        );
    close(made);
    return {};
}

// All problems that the check names, at most `most`.
base::Result<std::string> problems_of(Connection& connection, std::string_view check) {
    auto rows = connection.query(fmt::format("PRAGMA {}(5)", check), {});
    if (!rows) return base::failure(std::move(rows.error()));
    std::string problems;
    for (;;) {
        auto found = rows->next();
        if (!found) return base::failure(std::move(found.error()));
        if (!*found) return problems == "ok" ? std::string() : problems;
        if (!problems.empty()) problems += "; ";
        problems += rows->text(0);
    }
}

base::Result<void> check_at_start(Connection& connection, const fs::path& file, base::Log& log) {
    auto was_closed = connection.integer_of(
        "SELECT coalesce((SELECT value FROM store_state WHERE name = 'closed'), 1)"
    );
    // Before the first migration there is no such table, and nothing to check.
    const bool is_clean = !was_closed || *was_closed == 1;
    std::error_code error;
    const std::uint64_t size = fs::file_size(file, error);
    if (error)
        return base::failure(base::ErrorKind::trouble, "{}: {}", file.string(), error.message());
    if (size > always_checked_bytes && is_clean) return {};
    if (size > checked_bytes_max) {
        log.warning(
            "store_not_checked",
            {{"bytes", std::to_string(size)},
             {"why", "it was not closed properly, and checking a file this big takes minutes"},
             {"advice", "check a backup of it"}}
        );
        return {};
    }
    auto problems = problems_of(connection, "quick_check");
    if (!problems) return base::failure(std::move(problems.error()));
    if (!problems->empty()) return damaged(file, *problems);
    return {};
}

base::Result<void> note_closed(Connection& connection, bool closed) {
    const Value value = std::int64_t{closed ? 1 : 0};
    auto noted = connection.execute(
        "INSERT INTO store_state(name, value) VALUES('closed', ?) "
        "ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        std::span<const Value>(&value, 1)
    );
    if (!noted) return base::failure(std::move(noted.error()));
    return {};
}

class FileStore final : public Store {
  public:
    FileStore(const StoreSettings& settings, std::optional<LockFile> lock, base::Log& log)
        : settings_(settings),
          lock_(std::move(lock)),
          log_(log),
          own_monitor_(settings.monitor ? nullptr : std::make_unique<metrics::Monitor>()),
          monitor_(settings.monitor ? *settings.monitor : *own_monitor_),
          room_(
              settings.file,
              settings.disk_reserve_bytes,
              settings.owner == Owner::server ? DiskRoom::Reserve::kept
                                              : DiskRoom::Reserve::not_ours,
              log
          ) {}
    ~FileStore() override { FileStore::close(); }
    FileStore(const FileStore&) = delete;
    FileStore& operator=(const FileStore&) = delete;

    base::Result<void> start(std::span<const Schema> schemas);
    void measure(metrics::Text& text);

    bool has_room_for(std::uint64_t bytes) override {
        return room_.is_enough_for(bytes, writer_->reusable_bytes());
    }
    bool accepts_writes() override { return writer_->accepts(); }
    base::Result<void> backup(const fs::path& target) override {
        return copy_store(settings_.file, target);
    }
    base::Result<void> check_integrity() override { return check_with("integrity_check"); }
    base::Result<void> check_quickly() override { return check_with("quick_check"); }
    void close() override;

  protected:
    base::Task<base::Result<void>> write_job(Writer::Job job) override {
        auto start = [this, job = std::move(job)](Writer::Done done) mutable {
            writer_->add(std::move(job), std::move(done));
        };
        co_return co_await wait_for(std::move(start));
    }
    base::Task<base::Result<void>> read_job(Readers::Job job) override {
        auto start = [this, job = std::move(job)](Readers::Done done) mutable {
            readers_->add(std::move(job), std::move(done));
        };
        co_return co_await wait_for(std::move(start));
    }
    base::Result<void> write_job_and_wait(Writer::Job job) override {
        auto promise = std::make_shared<std::promise<base::Result<void>>>();
        auto done = promise->get_future();
        writer_->add(std::move(job), [promise](base::Result<void> result) {
            promise->set_value(std::move(result));
        });
        return done.get();
    }
    base::Result<void> read_job_and_wait(Readers::Job job) override {
        auto promise = std::make_shared<std::promise<base::Result<void>>>();
        auto done = promise->get_future();
        readers_->add(std::move(job), [promise](base::Result<void> result) {
            promise->set_value(std::move(result));
        });
        return done.get();
    }

  private:
    base::Result<void> check_with(std::string_view check);

    const StoreSettings settings_;
    std::optional<LockFile> lock_;
    base::Log& log_;
    std::unique_ptr<metrics::Monitor> own_monitor_;  // when nobody looks
    metrics::Monitor& monitor_;
    DiskRoom room_;
    std::unique_ptr<Writer> writer_;
    std::unique_ptr<Readers> readers_;
    std::shared_ptr<void> measured_;  // goes before what it looks at
    std::once_flag closed_;
};

base::Result<void> FileStore::start(std::span<const Schema> schemas) {
    auto connection = Connection::open(writing(settings_));
    if (!connection) return explained(connection.error(), settings_.file);
    base::Result<void> ready;
    if (settings_.owner == Owner::server) {
        ready = check_at_start(**connection, settings_.file, log_);
        if (ready) ready = migrate(**connection, schemas, log_);
        if (ready) ready = note_closed(**connection, false);
    } else {
        ready = compare_versions(**connection, schemas);
    }
    if (!ready) {
        if (ready.error().kind == base::ErrorKind::newer_version) return ready;
        return explained(ready.error(), settings_.file);
    }
    std::vector<std::unique_ptr<Connection>> readers;
    for (int i = 0; i < std::max(settings_.readers, 1); ++i) {
        auto reader = Connection::open(reading(settings_));
        if (!reader) return explained(reader.error(), settings_.file);
        readers.push_back(std::move(*reader));
    }
    readers_ = std::make_unique<Readers>(std::move(readers), settings_.jobs_waiting_max, log_);
    auto open = [settings = writing(settings_)] { return Connection::open(settings); };
    writer_ = std::make_unique<Writer>(
        std::move(*connection), std::move(open), room_, settings_.jobs_waiting_max, log_, monitor_
    );
    measured_ = monitor_.registry.add_source([this](metrics::Text& text) { measure(text); });
    return {};
}

void FileStore::measure(metrics::Text& text) {
    const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text.value(metrics::Kind::gauge, name, help, {}, static_cast<double>(value));
    };
    const auto size_of = [](fs::path file) {
        std::error_code error;
        const auto size = fs::file_size(file, error);
        return error ? 0 : std::uint64_t{size};  // the log file comes and goes
    };
    gauge("postern_store_bytes", "Size of the store's file.", size_of(settings_.file));
    gauge(
        "postern_store_log_bytes",
        "Size of the store's write-ahead log.",
        size_of(fs::path(settings_.file).concat("-wal"))
    );
    gauge(
        "postern_store_reusable_bytes",
        "Free pages inside the store's file.",
        writer_->reusable_bytes()
    );
    gauge("postern_store_disk_free_bytes", "Free space on the store's disk.", room_.free_bytes());
    gauge(
        "postern_store_disk_reserve_bytes",
        "Below this much free space new mail gets a 452 (quarantine.disk_reserve_bytes).",
        settings_.disk_reserve_bytes
    );
    gauge("postern_store_writable", "1: the last commit or proof succeeded.", writer_->accepts());
    gauge(
        "postern_store_jobs_waiting", "Writes that wait for the writer.", writer_->jobs_waiting()
    );
}

base::Result<void> FileStore::check_with(std::string_view check) {
    auto connection = Connection::open(reading(settings_));
    if (!connection) return explained(connection.error(), settings_.file);
    auto problems = problems_of(**connection, check);
    if (!problems) return explained(problems.error(), settings_.file);
    if (!problems->empty()) return damaged(settings_.file, *problems);
    return {};
}

void FileStore::close() {
    std::call_once(closed_, [this] {
        if (!writer_) return;
        measured_.reset();
        auto connection = writer_->close();
        readers_->close();
        if (settings_.owner == Owner::guest) return;
        base::Result<void> done;
        if (!connection) done = base::failure(base::ErrorKind::trouble, "the last commits failed");
        if (done) done = note_closed(*connection, true);
        if (done) done = connection->checkpoint(Checkpoint::truncate);
        // Nothing is lost by it: the log file is read at the next start.
        if (!done) log_.warning("store_closed_uncleanly", {{"error", done.error().text}});
        connection.reset();
        lock_.reset();
    });
}

}  // namespace

base::Result<std::unique_ptr<Store>> Store::open(
    const StoreSettings& settings, std::span<const Schema> schemas, base::Log& log
) {
    std::optional<LockFile> lock;
    if (settings.owner == Owner::server) {
        if (auto made = make_directory(settings.file); !made) return base::failure(made.error());
        auto taken = LockFile::take(fs::path(settings.file).concat(".lock"));
        if (!taken) return base::failure(std::move(taken.error()));
        lock = std::move(*taken);
        if (auto made = make_empty_when_missing(settings.file); !made)
            return base::failure(std::move(made.error()));
    } else {
        std::error_code error;
        if (!fs::exists(settings.file, error))
            return base::failure(
                base::ErrorKind::not_found,
                "there is no store at {}; start `postern serve` once, or look at data_dir",
                settings.file.string()
            );
    }
    auto store = std::make_unique<FileStore>(settings, std::move(lock), log);
    if (auto started = store->start(schemas); !started)
        return base::failure(std::move(started.error()));
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace database
