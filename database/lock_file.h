#pragma once

#include "base/result.h"

#include <filesystem>

namespace database {

// Says that a server owns the store: an exclusive flock on a file beside it (never on the store's
// own file, whose POSIX locks SQLite would lose). Freed by the kernel however the process ends.
class LockFile {
  public:
    // Error in_use: names the process that has it.
    static base::Result<LockFile> take(const std::filesystem::path& file);
    ~LockFile();
    LockFile(LockFile&& other) noexcept;
    LockFile& operator=(LockFile&& other) noexcept;

  private:
    explicit LockFile(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace database
