#pragma once

#include "base/log.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>

namespace database {

// How much room there is for the store, and the reserve: a file of a few MiB beside the store that
// is given up when the disk is full, so that there is room to release and to delete. It is made
// again when there is plenty. Thread-safe.
class DiskRoom {
  public:
    static constexpr std::uint64_t reserve_file_bytes = 16ULL * 1024 * 1024;

    // A guest neither makes nor gives up the reserve.
    enum class Reserve { kept, not_ours };
    DiskRoom(
        std::filesystem::path store_file,
        std::uint64_t free_bytes_min,
        Reserve reserve,
        base::Log& log
    );

    // A message of that size goes into the log first and then into the file, and enough stays free.
    // `reusable_bytes`: free pages inside the file. Looks at the disk at most once a second.
    bool is_enough_for(std::uint64_t bytes, std::uint64_t reusable_bytes);

    // The disk is below what is to stay free: the store should shrink when it can.
    bool is_scarce();
    // As the file system says; 0 when it does not answer.
    std::uint64_t free_bytes();

    // True when the reserve was there and its space is free now.
    bool give_up_reserve();
    // Makes the reserve when it is missing and there is plenty of room. Cheap when it is there.
    void make_reserve();

  private:
    std::uint64_t available();

    std::filesystem::path directory_;
    std::filesystem::path reserve_file_;
    std::uint64_t free_bytes_min_;
    Reserve reserve_;
    base::Log& log_;

    std::mutex mutex_;
    std::uint64_t available_ = 0;
    std::chrono::steady_clock::time_point looked_at_;
    bool has_looked_ = false;
    bool has_reserve_ = false;
};

}  // namespace database
