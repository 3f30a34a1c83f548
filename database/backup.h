#pragma once

#include "base/result.h"

#include <filesystem>

namespace database {

// Copies the store into the new file `target` while others write, and syncs it and its directory.
// Errors: conflict (`target` exists), disk_full, trouble; no half copy is left behind.
base::Result<void> copy_store(
    const std::filesystem::path& store_file, const std::filesystem::path& target
);

}  // namespace database
