#include "database/restore.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace database {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::size_t piece_bytes = std::size_t{1024} * 1024;

base::Failure failure_with(const fs::path& path, std::string_view doing) {
    const int error = errno;
    return failure(
        error == ENOSPC || error == EDQUOT ? ErrorKind::disk_full
        : error == EEXIST                  ? ErrorKind::conflict
        : error == ENOENT                  ? ErrorKind::not_found
                                           : ErrorKind::trouble,
        "{} {}: {}",
        doing,
        path.string(),
        std::generic_category().message(error)
    );
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }
    bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

Result<void> copy_bytes(const fs::path& from, int in, const fs::path& to, int out) {
    std::vector<char> piece(piece_bytes);
    for (;;) {
        const ssize_t got = read(in, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure_with(from, "reading");
        if (got == 0) break;
        for (ssize_t done = 0; done < got;) {
            const ssize_t put =
                write(out, piece.data() + done, static_cast<std::size_t>(got - done));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return failure_with(to, "writing");
            done += put;
        }
    }
    if (fsync(out) != 0) return failure_with(to, "syncing");
    return {};
}

Result<void> sync_directory_of(const fs::path& file) {
    const auto directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open() || fsync(opened.get()) != 0) return failure_with(directory, "syncing");
    return {};
}

fs::path with_end(const fs::path& name, std::string_view end) {
    return fs::path(name).concat(end);
}

Result<void> rename_to_new(const fs::path& from, const fs::path& to) {
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    return failure_with(to, "renaming to");
}

bool has_log(const fs::path& store_file) {
    std::error_code none;
    const auto bytes = fs::file_size(with_end(store_file, "-wal"), none);
    return !none && bytes > 0;
}

// The old log first: beside the new store it would be taken for the new store's own.
Result<void> move_log_away(const fs::path& store_file, const fs::path& kept) {
    std::error_code error;
    if (fs::exists(with_end(store_file, "-wal"), error)) {
        auto moved = rename_to_new(with_end(store_file, "-wal"), with_end(kept, "-wal"));
        if (!moved) return moved;
    }
    // Shared memory is made anew by whoever opens the store.
    fs::remove(with_end(store_file, "-shm"), error);
    if (error)
        return failure(
            ErrorKind::trouble, "removing {}-shm: {}", store_file.string(), error.message()
        );
    return sync_directory_of(store_file);
}

}  // namespace

Result<void> copy_backup(const fs::path& backup, const fs::path& target) {
    if (has_log(backup))
        return failure(
            ErrorKind::invalid,
            "{0} is a store in use or not closed properly, not a backup: its last changes are in "
            "{0}-wal",
            backup.string()
        );
    const Descriptor in(open(backup.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!in.is_open()) return failure_with(backup, "opening");
    const Descriptor out(open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out.is_open()) return failure_with(target, "making");
    auto copied = copy_bytes(backup, in.get(), target, out.get());
    if (!copied) remove_store_files(target);
    return copied;
}

Result<bool> put_in_place(const fs::path& fresh, const fs::path& store_file, const fs::path& kept) {
    if (has_log(fresh))
        return failure(ErrorKind::trouble, "{} has not been closed properly", fresh.string());
    std::error_code error;
    if (!fs::exists(store_file, error)) {
        // A log without its store belongs to nothing any more.
        if (auto moved = move_log_away(store_file, kept); !moved) return failure(moved.error());
        if (auto put = rename_to_new(fresh, store_file); !put) return failure(put.error());
        if (auto synced = sync_directory_of(store_file); !synced) return failure(synced.error());
        return false;
    }
    if (fs::exists(kept, error))
        return failure(ErrorKind::conflict, "{} is there already", kept.string());
    if (auto moved = move_log_away(store_file, kept); !moved) return failure(moved.error());
    if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, store_file.c_str(), RENAME_EXCHANGE) == 0) {
        if (auto synced = sync_directory_of(store_file); !synced) return failure(synced.error());
        if (auto put = rename_to_new(fresh, kept); !put) return failure(put.error());
    } else if (errno == EINVAL || errno == ENOSYS) {
        // A file system that cannot exchange: a second name for the old one, then the new over it.
        if (link(store_file.c_str(), kept.c_str()) != 0) return failure_with(kept, "linking");
        if (rename(fresh.c_str(), store_file.c_str()) != 0)
            return failure_with(store_file, "renaming to");
    } else {
        return failure_with(store_file, "exchanging");
    }
    if (auto synced = sync_directory_of(store_file); !synced) return failure(synced.error());
    return true;
}

void remove_store_files(const fs::path& name) {
    for (const auto* end : {"", "-wal", "-shm", ".lock", ".reserve"}) {
        std::error_code ignored;  // what is not there need not be removed; the rest shows as a file
        fs::remove(with_end(name, end), ignored);
    }
}

}  // namespace database
