#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace database {

// Copies the backup into the new file `target` (mode 0600) and syncs it. Errors: not_found,
// invalid (a store whose last changes are still in its write-ahead log), conflict (`target`
// exists), disk_full, trouble; no half copy is left behind.
base::Result<void> copy_backup(
    const std::filesystem::path& backup, const std::filesystem::path& target
);

// Puts `fresh`, a closed store beside it, in the place of `store_file` in one step and syncs the
// directory: at no moment is there no store or half a one. The store that was there goes to `kept`,
// with its write-ahead log where it has one. The caller has the store's lock, and nobody has the
// store open. True when there was a store. Errors: conflict (`kept` exists), disk_full, trouble.
base::Result<bool> put_in_place(
    const std::filesystem::path& fresh,
    const std::filesystem::path& store_file,
    const std::filesystem::path& kept
);

// What `name` and its companions (write-ahead log, shared memory, lock, reserve) are called, gone.
// For a copy that is not wanted after all.
void remove_store_files(const std::filesystem::path& name);

}  // namespace database
