#include "database/disk_room.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace database {

namespace {

// Messages on their way in fill a disk by gigabytes a second.
constexpr std::chrono::milliseconds looked_lately{10};

}  // namespace

DiskRoom::DiskRoom(
    std::filesystem::path store_file, std::uint64_t free_bytes_min, Reserve reserve, base::Log& log
)
    : directory_(store_file.parent_path().empty() ? "." : store_file.parent_path()),
      reserve_file_(store_file.concat(".reserve")),
      free_bytes_min_(free_bytes_min),
      reserve_(reserve),
      log_(log) {}

// With the mutex held.
std::uint64_t DiskRoom::available() {
    const auto now = std::chrono::steady_clock::now();
    if (has_looked_ && now - looked_at_ < looked_lately) return available_;
    looked_at_ = now;
    has_looked_ = true;
    struct statvfs found{};
    if (statvfs(directory_.c_str(), &found) != 0) {
        // No answer is no room: the writer would most likely fail as well.
        log_.error(
            "store_disk_unknown",
            {{"directory", directory_.string()}, {"error", std::generic_category().message(errno)}}
        );
        available_ = 0;
    } else {
        available_ = std::uint64_t{found.f_bavail} * found.f_frsize;
    }
    return available_;
}

bool DiskRoom::is_enough_for(std::uint64_t bytes, std::uint64_t reusable_bytes) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t growth = bytes > reusable_bytes ? bytes - reusable_bytes : 0;
    return available() >= free_bytes_min_ + bytes + growth;
}

bool DiskRoom::is_scarce() {
    const std::lock_guard lock(mutex_);
    return available() < free_bytes_min_;
}

std::uint64_t DiskRoom::free_bytes() {
    const std::lock_guard lock(mutex_);
    return available();
}

bool DiskRoom::give_up_reserve() {
    if (reserve_ == Reserve::not_ours) return false;
    const std::lock_guard lock(mutex_);
    if (!std::exchange(has_reserve_, false)) return false;
    std::error_code error;
    std::filesystem::remove(reserve_file_, error);
    log_.error(
        "store_disk_full",
        {{"reserve", reserve_file_.string()},
         {"action", error ? error.message() : "reserve given up; free some space"}}
    );
    has_looked_ = false;
    return !error;
}

void DiskRoom::make_reserve() {
    if (reserve_ == Reserve::not_ours) return;
    const std::lock_guard lock(mutex_);
    if (has_reserve_) return;
    if (available() < free_bytes_min_ + 4 * reserve_file_bytes) return;
    const int file = open(reserve_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    // fallocate and not posix_fallocate: where it is not supported there is no reserve, instead of
    // 16 MiB of writing now and then.
    has_reserve_ = fallocate(file, 0, 0, reserve_file_bytes) == 0;
    if (!has_reserve_ && errno == EOPNOTSUPP) reserve_ = Reserve::not_ours;
    close(file);
    std::error_code ignored;
    if (!has_reserve_) std::filesystem::remove(reserve_file_, ignored);
}

}  // namespace database
